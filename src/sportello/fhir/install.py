"""Plugs the resource store and its door into the house."""

from typing import Any

from sportello.fhir.door.doors import door, metadata
from sportello.kit.house import House

ROUTES: list[Any] = [metadata, door]


def install(house: House) -> None:
    """Nothing to wire: the store is reached by function calls from the rooms above, the door by HTTP."""
