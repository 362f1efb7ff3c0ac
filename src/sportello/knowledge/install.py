"""Plugs knowledge into the house: its reading doors; it subscribes to nothing."""

from typing import Any

from sportello.kit.house import House
from sportello.knowledge import pages

ROUTES: list[Any] = pages.ROUTES


def install(house: House) -> None:
    """Nothing to wire."""
