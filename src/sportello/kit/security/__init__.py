"""Primitives against harm: passwords, signed and one-time tokens, forgery, rate limits, headers."""
