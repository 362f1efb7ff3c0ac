"""Plugs the resource store into the house; it has no doors of its own yet."""

from typing import Any

from sportello.kit.house import House

ROUTES: list[Any] = []


def install(house: House) -> None:
    """Nothing to wire: the store is reached by function calls from the rooms above."""
