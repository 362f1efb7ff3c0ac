"""Sportello: an open-source, self-hosted patient service centre."""

__version__ = "0.1.0"
