"""What other rooms warn of above a record: fragments that the page asks for by itself, for who may see them."""

from msgspec import Struct

from sportello.administration.permissions import Permission
from sportello.kit.house import House


class Warned(Struct, frozen=True):
    """`address` is a door with `{patient}` in it, which answers a fragment, empty when there is nothing to say."""

    address: str
    permissions: tuple[Permission, ...]


class Warnings(list[Warned]):
    """Filled by the rooms above when they are installed."""


def warnings_of(house: House) -> Warnings:
    """Those of this house."""
    found = house.ports.setdefault(Warnings, Warnings())
    assert isinstance(found, Warnings)
    return found
