"""What the record asks of the world: where clinical data live, and who knows of visits to come."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_

Resource = dict[str, Any]


class Sought(Struct, frozen=True):
    """Which of a patient's items are asked for; `hidden` are tokens whose items are not shown: as the
    index writes them (`security|*|R`), and types as `_type|*|Condition`."""

    facets: Sequence[str]
    words: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    hidden: Sequence[str] = ()


class Place(Struct, frozen=True):
    """A place on the timeline: an encounter, or an item without one."""

    at: datetime
    type: str
    id: str


class Page(Struct, frozen=True):
    """Places newest first with their resources and those folded in; `more` when the timeline goes on.

    Each resource comes with whether it has the words sought.
    """

    places: Sequence[Place]
    resources: Sequence[tuple[Resource, bool]]
    more: bool


class Stale(Exception):
    """Somebody else has changed the resource since it was read; `now` is its version (0: it is gone)."""

    def __init__(self, now: int) -> None:
        super().__init__(str(now))
        self.now = now


AWAY = N_(
    "The hospital's server cannot be reached, and nothing of what you ask for is kept here. Try again in a moment."
)


class Away(Exception):
    """The record is on a server that cannot be asked now, and nothing of what is asked for was kept from before."""


# Why a change was not taken, for who made it.
NOT_WRITTEN = {
    "read-only": N_("The hospital's server does not let the record be changed here. What you typed is kept below."),
    "away": N_("The hospital's server cannot be reached, so nothing was changed. What you typed is kept below."),
    "refused": N_("The hospital's server refused the change. What you typed is kept below."),
    "unknown": N_("The hospital's server did not say whether it took the change. Look again before you repeat it."),
}


class NotWritten(Exception):
    """The server that keeps the record did not take a change; `why` is a key of NOT_WRITTEN."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Standing(Struct, frozen=True):
    """What a reader must know of where a patient's data come from; by itself: from our own store, whole and of now.

    `as_of` is the age of the oldest part; types in `failed` are older than they should be, those in `missing` are not
    there at all. `trouble` says why, as a message id.
    """

    source: str = ""
    as_of: datetime | None = None
    failed: Sequence[str] = ()
    missing: Sequence[str] = ()
    trouble: str = ""
    read_only: bool = False


class ActsFor(Protocol):
    """Who may act for a patient beside the patient: they are shown what booking for the patient needs."""

    async def may(self, house: House, tx: Transaction, person: str, patient: str) -> bool: ...


class ClinicalRecord(Protocol):
    """Where FHIR R4 resources of patients are kept: the embedded store, or a hospital's own server.

    What a server has to be asked for is fetched between transactions (see `Errand`), so callers use `Database.run`.
    """

    def present(self) -> object:
        """The implementation that answers now, for whoever asks what else it can do (`MergeableRecord`)."""

    async def patient(self, tx: Transaction, patient_id: str) -> Resource | None: ...

    async def find_patients(
        self, tx: Transaction, words: Sequence[str], *, hidden: Sequence[str], limit: int
    ) -> list[Resource]: ...

    async def of_patient(
        self, tx: Transaction, patient_id: str, types: Sequence[str], *, hidden: Sequence[str]
    ) -> list[Resource]: ...

    async def pointed_to(self, tx: Transaction, references: Iterable[str]) -> dict[str, Resource]: ...

    async def last_visit(
        self, tx: Transaction, patient_id: str, moment: datetime, *, hidden: Sequence[str]
    ) -> Resource | None: ...

    async def page(
        self, tx: Transaction, patient_id: str, sought: Sought, *, before: Place | None, limit: int
    ) -> Page: ...

    async def version(self, tx: Transaction, kind: str, logical_id: str) -> int:
        """The version of a resource as it stands; 0 when there is none."""

    async def keep(self, tx: Transaction, resource: Resource, expected: int, now: datetime) -> None:
        """Writes a resource whose version is `expected` (0: it is new); raises Stale or NotWritten.

        A server may give a new resource another id, which then stands in `resource`.
        """

    async def versions(self, tx: Transaction, kind: str, logical_id: str) -> list[tuple[datetime, Resource]]:
        """What a resource said and since when, newest first."""

    async def every(self, tx: Transaction, kind: str) -> list[Resource]:
        """All resources of a type of which a hospital has few, such as its practitioners."""

    async def standing(self, tx: Transaction, patient_id: str) -> Standing:
        """Where what was read of a patient in this transaction comes from, and what of it is missing."""


@runtime_checkable
class MergeableRecord(Protocol):
    """A record whose patients can be merged here; elsewhere the hospital's own system has to do it."""

    async def sharing(self, tx: Transaction, wanted: Sequence[tuple[str, str]], limit: int) -> list[Resource]:
        """Patients in use that carry one of these tokens, as the index writes them (`identifier|*|value`), and have the
        folded word beside it, if any, in their name.
        """

    async def naming(self, tx: Transaction, patient_id: str) -> list[tuple[Resource, int]]:
        """Everything that names a patient, with its version; it stays so until the transaction ends."""

    async def size(self, tx: Transaction, patient_id: str) -> int:
        """How many resources belong to a patient."""

    async def keep_many(self, tx: Transaction, resources: Sequence[Resource], now: datetime) -> dict[str, int]:
        """Writes resources that are held; their new versions by `Type/id`."""

    async def as_they_were(
        self, tx: Transaction, wanted: Sequence[tuple[str, str, int]]
    ) -> dict[tuple[str, str, int], Resource]:
        """Resources (type, id) as an older or their present version said, by type, id and version."""

    async def hold_many(self, tx: Transaction, names: Sequence[tuple[str, str]]) -> dict[str, int]:
        """The versions of those resources that there are, by `Type/id`; they stay so."""


class Visit(Struct, frozen=True):
    """A visit to come, in the reader's words."""

    at: datetime
    title: str
    place: str | None = None
    zone: str = ""  # of the clock by which it is told; empty: the clinic's


class VisitsAhead(Protocol):
    """Who keeps the appointment book; without one, appointments of the record itself are shown."""

    async def next_visit(self, tx: Transaction, patient_id: str, moment: datetime, language: str) -> Visit | None: ...

    async def bookable(self, tx: Transaction, practitioners: Collection[str]) -> set[str]:
        """Those of these practitioners with whom a visit can be booked."""
