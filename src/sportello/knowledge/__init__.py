"""Approved articles that the hospital stands behind: the only source from which bot and agents inform patients."""
