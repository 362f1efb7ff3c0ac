"""What each room holds of a patient, said by the room itself: where it stands, how it is told, what becomes of it.

A room that keeps something of patients adds its Holding in `install`; a test finds every table that looks like one of
patients and that no room answers for. Rooms stand in the order in which they were installed, lowest first; erasing goes
the other way.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.kit.house import House

Kind = Literal["record", "appointment", "conversation", "letter", "account"]
Key = Literal["patient", "conversation", "appointment", "address"]


class Subject(Struct, frozen=True):
    """Whose data: the logical id, what hangs on it, and the `addresses` (mail, telephone) and `words` (names, numbers)
    that tell who it is; `former` are ids of records that were merged into this one. Without a patient it is
    conversations alone, whose time is over.
    """

    patient: str
    former: tuple[str, ...] = ()
    conversations: tuple[str, ...] = ()
    appointments: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def keys(self, key: Key) -> list[str]:
        """What is looked for in a column."""
        if key == "patient":
            return [self.patient, *self.former] if self.patient else []
        return list({"conversation": self.conversations, "appointment": self.appointments}.get(key, self.addresses))


class Table(Struct, frozen=True):
    """A table with rows of patients. `by`: in which columns whose they are is seen; a row is theirs by any of them.

    `emptied`: what columns become when the row stays for the statistics; None: the row goes. `shown`: the columns of
    the patient's copy, with their headings (message ids); `title` is its chapter's heading. `at` is its column of time.
    `codes`: how a column's codes are said (message ids).
    """

    name: str
    by: Mapping[str, Key]
    emptied: Mapping[str, Any] | None = None
    title: str = ""
    shown: Mapping[str, str] = {}
    at: str = ""
    codes: Mapping[str, Mapping[str, str]] = {}


class Entry(Struct, frozen=True):
    """One thing of a chapter: what it is, its facts (label and value) and its text, in the reader's language."""

    heading: str = ""
    facts: Sequence[tuple[str, str]] = ()
    text: str = ""


class Chapter(Struct, frozen=True):
    """A part of the patient's copy."""

    title: str
    entries: Sequence[Entry]


class Attachment(Struct, frozen=True):
    """A file of the patient's copy; `path` within the packet."""

    path: str
    content: bytes


class Telling(Struct):
    """What a patient's copy is made of; rooms add to it."""

    subject: Subject
    language: str
    chapters: list[Chapter]
    attachments: list[Attachment]
    resources: list[dict[str, Any]]
    last: bool = False  # it was waited for long enough: what cannot be read is named in the copy


class NotYet(Exception):
    """Something that belongs into a copy cannot be read at the moment: it is made later."""


class Sum(Struct, frozen=True):
    """How many rows of a part, and when the latest was made."""

    part: str
    rows: int
    latest: datetime | None = None


Told = Callable[[House, Transaction, Telling], Awaitable[None]]
Erased = Callable[[House, Transaction, Subject], Awaitable[int]]
Counted = Callable[[House, Transaction, Subject], Awaitable[Sequence[Sum]]]
Gathered = Callable[[House, Transaction, Subject], Awaitable[Subject]]
Elsewhere = Callable[[House, Transaction, Subject], Awaitable[Sequence[str]]]
Blocked = Callable[[House, Transaction, Subject], Awaitable[Sequence[str]]]


class Holding(Struct, frozen=True):
    """What a room holds of one kind. `covers` are tables that its functions answer for, beside `tables`.

    `gather` adds to the subject what only this room knows; `blocked` says (message ids) why nothing may be erased yet,
    `elsewhere` what an erasure here does not reach.
    """

    room: str
    kind: Kind
    tables: Sequence[Table] = ()
    covers: Sequence[str] = ()
    told: Told | None = None
    erased: Erased | None = None
    counted: Counted | None = None
    gather: Gathered | None = None
    blocked: Blocked | None = None
    elsewhere: Elsewhere | None = None


class Holdings(list[Holding]):
    """Those of one house."""

    def tables(self) -> set[str]:
        """Every table that some room answers for."""
        return {name for one in self for name in (*one.covers, *(table.name for table in one.tables))}


def holdings(house: House) -> Holdings:
    """The house's holdings; rooms add theirs in `install`."""
    found = house.ports.setdefault(Holdings, Holdings())
    assert isinstance(found, Holdings)
    return found


async def whole(house: House, tx: Transaction, patient: str) -> Subject:
    """The subject with all that rooms know of it; higher rooms see what lower ones have added."""
    subject = Subject(patient)
    for one in holdings(house):
        if one.gather:
            subject = await one.gather(house, tx, subject)
    return subject
