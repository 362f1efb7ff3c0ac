"""Plugs scripts into the house: their doors and those of sending articles; it subscribes to nothing."""

from typing import Any

from sportello.kit.house import House
from sportello.scripts import pages

ROUTES: list[Any] = pages.ROUTES


def install(house: House) -> None:
    """Nothing to wire."""
