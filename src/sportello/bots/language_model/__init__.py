"""An optional language model, off by default: closed jobs only, without names, and everything works without it.

It is asked where the deterministic understanding is unsure, outside every transaction, for three seconds at most; what
it answers counts only when it is one of what it was offered. What it wrote for the agent is never shown to a patient.
"""
