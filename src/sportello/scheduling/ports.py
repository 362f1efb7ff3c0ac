"""What scheduling asks of the world: somewhere to meet for a virtual visit, and when letters may go."""

from datetime import datetime, timedelta
from typing import Protocol

from sportello.kit.database import Transaction
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


class LettersGo(Protocol):
    """When a letter that is wanted at `at` may be sent: then, or once the quiet hours are over."""

    async def __call__(self, house: House, tx: Transaction, at: datetime) -> datetime: ...


async def letter_at(house: House, tx: Transaction, at: datetime) -> datetime:
    """The moment itself where no room writes letters."""
    go: LettersGo | None = house.ports.get(LettersGo)
    return await go(house, tx, at) if go else at
