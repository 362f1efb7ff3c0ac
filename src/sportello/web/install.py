"""Plugs the shared look into the house; it has templates and static files only."""

from sportello.kit.house import House

ROUTES: list[object] = []


def install(house: House) -> None:
    """Nothing to wire: the kit finds the room's templates and static files by their folder."""
