"""The clinical record kept in our own resource store: the default, and the demo's."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sportello.fhir import store
from sportello.fhir.store.resources import take_turn
from sportello.kit.database import Transaction
from sportello.record.ports import Page, Place, Resource, Sought, Stale, Standing


class KeptRecord:
    """What a ClinicalRecord is asked, answered out of a table that has the columns of `fhir.resource`."""

    relation: str

    async def patient(self, tx: Transaction, patient_id: str) -> Resource | None:
        return await store.get(tx, "Patient", patient_id, self.relation)

    async def of_patient(
        self, tx: Transaction, patient_id: str, types: Sequence[str], *, hidden: Sequence[str]
    ) -> list[Resource]:
        return await store.of_patient(tx, patient_id, types, hidden=hidden, relation=self.relation)

    async def pointed_to(self, tx: Transaction, references: Iterable[str]) -> dict[str, Resource]:
        return await store.get_many(tx, references, self.relation)

    async def last_visit(
        self, tx: Transaction, patient_id: str, moment: datetime, *, hidden: Sequence[str]
    ) -> Resource | None:
        return await store.last_before(tx, patient_id, "Encounter", moment, hidden=hidden, relation=self.relation)

    async def page(self, tx: Transaction, patient_id: str, sought: Sought, *, before: Place | None, limit: int) -> Page:
        wanted = store.Sought(sought.facets, sought.words, sought.since, sought.until, sought.hidden)
        cursor = store.Place(before.at, before.type, before.id) if before else None
        places = await store.spine(tx, patient_id, wanted, before=cursor, limit=limit + 1, relation=self.relation)
        shown = _whole_days(places, limit)
        resources = await store.page(tx, patient_id, wanted, shown, self.relation) if shown else []
        return Page([Place(p.at, p.type, p.id) for p in shown], resources, len(places) > limit)

    async def every(self, tx: Transaction, kind: str) -> list[Resource]:
        return await store.every(tx, kind, limit=2000, relation=self.relation)


class EmbeddedRecord(KeptRecord):
    """ClinicalRecord, and MergeableRecord, over the tables of `fhir`."""

    relation = "fhir.resource"

    def present(self) -> object:
        return self

    async def find_patients(
        self, tx: Transaction, words: Sequence[str], *, hidden: Sequence[str], limit: int
    ) -> list[Resource]:
        return await store.find_people(tx, "Patient", words, hidden=hidden, limit=limit)

    async def version(self, tx: Transaction, kind: str, logical_id: str) -> int:
        return await store.hold(tx, kind, logical_id) or 0

    async def keep(self, tx: Transaction, resource: Resource, expected: int, now: datetime) -> None:
        kind, name = resource["resourceType"], resource["id"]
        if expected == 0:  # there is no row yet that two who begin the same could wait at
            await take_turn(tx, f"{kind}/{name}")
        if (there := await store.hold(tx, kind, name) or 0) != expected:
            raise Stale(there)
        await store.put(tx, resource, now=now)

    async def versions(self, tx: Transaction, kind: str, logical_id: str) -> list[tuple[datetime, Resource]]:
        return [(row["updated"], row["body"]) for row in await store.history(tx, kind, logical_id)]

    async def standing(self, tx: Transaction, patient_id: str) -> Standing:
        return Standing()

    async def sharing(self, tx: Transaction, wanted: Sequence[tuple[str, str]], limit: int) -> list[Resource]:
        return await store.sharing(tx, "Patient", wanted, limit)

    async def naming(self, tx: Transaction, patient_id: str) -> list[tuple[Resource, int]]:
        return await store.naming(tx, "Patient", patient_id)

    async def size(self, tx: Transaction, patient_id: str) -> int:
        return await store.size(tx, patient_id)

    async def keep_many(self, tx: Transaction, resources: Sequence[Resource], now: datetime) -> dict[str, int]:
        return {f"{one.type}/{one.id}": one.version for one in await store.put_many(tx, resources, now=now)}

    async def as_they_were(
        self, tx: Transaction, wanted: Sequence[tuple[str, str, int]]
    ) -> dict[tuple[str, str, int], Resource]:
        return await store.as_they_were(tx, wanted)

    async def hold_many(self, tx: Transaction, names: Sequence[tuple[str, str]]) -> dict[str, int]:
        await store.hold_many(tx, names)
        return await store.versions_of(tx, names)


def _whole_days(places: list[store.Place], limit: int) -> list[store.Place]:
    """A page that does not end amid a day's loose items, unless they fill it: a day would else stand there twice."""
    shown = places[:limit]
    if len(places) > limit:
        after = places[limit]
        while shown and _loose_on(shown[-1]) == _loose_on(after) is not None:
            shown.pop()
    return shown or places[:limit]


def _loose_on(place: store.Place) -> date | None:
    return None if place.type == "Encounter" else place.at.date()
