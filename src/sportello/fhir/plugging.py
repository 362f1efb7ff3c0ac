"""Rooms that keep resources of their own show them at the door: as a view with the columns of the store's table."""

from msgspec import Struct

from sportello.kit.house import House


class Plug(Struct, frozen=True):
    """Where a type's resources are read beside the store.

    `view` has the columns of `fhir.resource` and `near`: the logical id that the reference parameter `near` goes by
    (such as a slot's schedule), so that it can be looked up by an index. They are changed by operations, not by writing
    resources; `told` says so to whoever tries. With `over` resources of the type are stored as well, and written: of
    one that is in both, the elements the room has stand over those that are stored.
    """

    kind: str
    view: str
    near: str = ""
    told: str = ""
    over: bool = False


class Plugs(dict[str, Plug]):
    """What is plugged in, by type."""


def plugs_of(house: House) -> Plugs:
    """The house's plugs; rooms add theirs in `install`."""
    found = house.ports.setdefault(Plugs, Plugs())
    assert isinstance(found, Plugs)
    return found
