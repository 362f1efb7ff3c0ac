"""Measurements: each module has `rows(arguments) -> list of dicts`, printed as a table or as JSON."""
