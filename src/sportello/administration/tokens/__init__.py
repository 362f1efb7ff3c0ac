"""Tokens of the machine doors, as they are kept."""
