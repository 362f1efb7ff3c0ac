"""What scheduling announces, in the transaction of the fact itself."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class AppointmentBooked(Struct, frozen=True):
    """A visit is certain: in person at once, virtual when its link exists (also after a move)."""

    appointment: UUID
    patient: str
    starts: datetime
    conversation: UUID | None


class AppointmentPending(Struct, frozen=True):
    """A virtual visit has its time and waits for its meeting link."""

    appointment: UUID
    patient: str
    starts: datetime
    conversation: UUID | None


class AppointmentMoved(Struct, frozen=True):
    """A visit has another time; `sequence` counts the changes that calendars must take over."""

    appointment: UUID
    patient: str
    before: datetime
    starts: datetime
    sequence: int


class AppointmentCancelled(Struct, frozen=True):
    """A visit will not take place; its slot is free again."""

    appointment: UUID
    patient: str
    starts: datetime
    sequence: int


class AppointmentAttended(Struct, frozen=True):
    """The patient arrived, was checked in, was seen, or did not come; both states by their FHIR codes."""

    appointment: UUID
    patient: str
    before: str
    status: str


class MeetingLinkFailed(Struct, frozen=True):
    """The link maker gave up on a pending virtual visit: a person must look."""

    appointment: UUID
    patient: str


class ConfirmationWanted(Struct, frozen=True):
    """Staff chose that the patient gets a mail; `kind` is booked, moved or cancelled."""

    appointment: UUID
    sequence: int
    kind: str
    email: str
    language: str


class OfferMade(Struct, frozen=True):
    """A patient who waits, or wants to come earlier, may: outreach writes to them once, unless it is too late for it.

    `appointment` is the visit that would be earlier, or the wish for a new one, as `reading.told_of` knows both; `link`
    is the address at which it is taken, `until` how long it stands; `starts` is the time that is offered.
    """

    offer: UUID
    appointment: UUID
    starts: datetime
    ends: datetime
    practitioner_name: str
    place: str
    link: str
    until: datetime
    wall: str = ""  # the zone of its place; empty: it is told by the clinic's clock
    alone: str = ""  # "room" or "device": that is what the time is with


class SlotsFreed(Struct, frozen=True):
    """Nobody has these slots any more; `why` is cancelled, moved or noshow."""

    slots: list[int]
    why: str


class TimeReopened(Struct, frozen=True):
    """What was closed for these practitioners is open again."""

    practitioners: list[str]
    starts: datetime
    ends: datetime


class WaitingEnded(Struct, frozen=True):
    """Somebody no longer waits; `how` is withdrawn or expired."""

    waiting: UUID
    patient: str
    how: str


class CalendarChanged(Struct, frozen=True):
    """Slots or visits of these practitioners are not what they were: whoever shows their calendar reads again."""

    practitioners: list[str]
