"""What scheduling asks of the world: somewhere to meet for a virtual visit."""

from datetime import timedelta
from typing import Protocol

from sportello.kit.house import House
from sportello.scheduling.appointments import Appointment


class MeetingFailed(Exception):
    """There is no link yet. `retry_after` is how long the maker wants to be left alone; the text names no person."""

    def __init__(self, why: str, retry_after: timedelta | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class MeetingLinks(Protocol):
    """Makes the address at which patient and practitioner meet; `name` is a message id for whoever chooses.

    Called by jobs while no transaction is open. It may be called again for the same appointment, also after a move,
    and then answers the same address, at the new time. Any exception means that there is no link yet.
    """

    name: str

    async def make(self, house: House, appointment: Appointment) -> str: ...

    async def end(self, house: House, appointment: Appointment) -> None:
        """The visit is off, or met elsewhere: nobody meets there any more."""
        ...


class Makers(dict[str, MeetingLinks]):
    """Those that are wired, by key."""


OWN = "own"


def makers_of(house: House) -> Makers:
    """Who can make links in this house."""
    found: Makers = house.ports.setdefault(Makers, Makers())
    return found
