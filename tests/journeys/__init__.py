"""Walks through the product in real browsers."""
