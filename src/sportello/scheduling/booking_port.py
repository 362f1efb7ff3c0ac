"""Calendars that another system keeps: what is asked of them, and the one answer for whoever came too late.

The embedded calendars need none of this: their steps are functions within one transaction. Elsewhere every step is a
question over the wire that may be lost, so each says what is true afterwards.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.scheduling.codes import CancelReason, Channel

NOT_REACHED = N_(
    "The system that keeps the calendars cannot be reached. Nothing was changed, and nothing of what you wrote is lost:"
    " please try again in a moment."
)


class TimeTaken(Exception):
    """Somebody else was quicker, or the patient is busy then: choose again. Nothing was changed."""


NO_OVERBOOKING = N_(
    "The system that keeps the calendars puts nobody in between: only its own staff can do that there. Choose a free"
    " time."
)
CALL_US = N_(
    "We could not find you in the system that keeps the calendars. Please call us: we will book the visit for you."
)


class NotReached(Exception):
    """The other system did not answer, or does not do this; what was booked before still stands.

    `said` is what readers are told, a message id; the text itself is for operators.
    """

    said = NOT_REACHED

    def told(self, *, own: bool) -> str:
        """The same for staff, or for patients who book themselves."""
        return self.said


class PatientNotFound(NotReached):
    """The other system does not know the patient by the number that was agreed on; nothing was sent."""

    def __init__(self, said: str) -> None:
        super().__init__("the patient is not found there")
        self.said = said

    def told(self, *, own: bool) -> str:
        return CALL_US if own else self.said


class NoOverbooking(NotReached):
    """It does not do that; nothing was sent."""

    said = NO_OVERBOOKING


class Sought(Struct, frozen=True):
    """What is looked for there, in that system's own codes and ids; empty means any."""

    service: str
    since: datetime
    until: datetime
    practitioner: str = ""
    location: str = ""
    limit: int = 50


class Offer(Struct, frozen=True):
    """A free time there; `id` is its slot's, `version` the one that was seen."""

    id: str
    starts: datetime
    ends: datetime
    service: str
    practitioner: str = ""
    practitioner_name: str = ""
    location: str = ""
    location_name: str = ""
    version: str = ""


class Kept(Struct, frozen=True):
    """A time that is held there; `until` is None when the system does not say how long."""

    id: str
    offer: Offer
    until: datetime | None = None


class Ordered(Struct, frozen=True):
    """Who is to come and why."""

    patient: str
    reason: str
    details: str = ""
    channel: Channel = Channel.IN_PERSON


class Booked(Struct, frozen=True):
    """A visit there as it stands; `slot_free` tells after a cancellation whether its time was given back.

    Who, where and the words are empty where that system does not tell them.
    """

    id: str
    status: str
    slot: str
    starts: datetime
    ends: datetime
    version: str = ""
    slot_free: bool | None = None
    practitioner: str = ""
    location: str = ""
    reason: str = ""
    details: str = ""
    ended_for: str = ""  # the code of why it was cancelled

    @property
    def words(self) -> str:
        """Reason and details as one mark, to see whether somebody changed them."""
        return sha256(f"{self.reason}\0{self.details}".encode()).hexdigest()


class Changes(Struct, frozen=True):
    """Visits that changed there; `until` is the moment up to which these are all, None when that cannot be said."""

    visits: list[Booked]
    until: datetime | None


class Booking(Protocol):
    """The calendars of another system. TimeTaken and NotReached leave what was booked as it was."""

    async def find(self, sought: Sought) -> list[Offer]:
        """Free times, the soonest first."""

    async def hold(self, offer: Offer, order: Ordered) -> Kept | None:
        """Keeps a time; None where the system holds none."""

    async def renew(self, kept: Kept, order: Ordered) -> Kept | None:
        """Keeps it longer; TimeTaken when it is over and somebody else has it."""

    async def release(self, kept: Kept) -> None:
        """Gives a held time back; nothing happens when it is over."""

    async def confirm(self, offer: Offer, order: Ordered, kept: Kept | None = None) -> Booked:
        """Books it, once, also when its answer was lost on the way."""

    async def standing(self, offer: Offer, order: Ordered) -> Booked | None:
        """The patient's visit at that time, when there is one: so an answer that was lost is found."""

    async def read(self, visit: str) -> Booked:
        """A visit as it stands."""

    async def those(self, visits: Sequence[str]) -> dict[str, Booked | None]:
        """Visits as they stand; None for one that is not there any more."""

    async def changed(self, since: datetime) -> Changes | None:
        """Visits of whomever that changed there from a moment on; None where it cannot be asked so."""

    async def move(self, visit: str, offer: Offer, order: Ordered) -> Booked:
        """To another time: in one piece where the system can, else the new one first, then the old one is ended."""

    async def moved(self, visit: str, offer: Offer, order: Ordered) -> Booked | None:
        """The visit at that time, when a move whose answer was lost was done: then the old one is ended by now, too."""

    async def cancel(self, visit: str, reason: CancelReason, note: str = "") -> Booked:
        """Ends it, and looks whether its time is free again."""


class Calendars(Protocol):
    """The other system as the administrator has set it up, spoken to in this house's own ids."""

    def asking(self, house: House) -> AbstractAsyncContextManager[Booking]:
        """For the questions of one errand; NotReached when it offers no way to book."""

    async def wired(self, house: House, tx: Transaction) -> bool:
        """Whether there is an address to ask at, also once calendars are kept here again."""

    async def writes(self, house: House, tx: Transaction) -> bool:
        """Whether it writes to patients itself of what is changed there by hand."""

    async def looked_every(self, house: House, tx: Transaction) -> timedelta:
        """How often it is looked for what was changed there by hand."""
