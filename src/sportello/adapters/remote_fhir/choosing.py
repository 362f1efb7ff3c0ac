"""The clinical record as the administrator chose it: our own store, or the hospital's server."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sportello.adapters.remote_fhir.link import Links
from sportello.adapters.remote_fhir.record import RemoteRecord
from sportello.adapters.remote_fhir.terms import remembered, terms_of
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.record.ports import ClinicalRecord, Page, Place, Resource, Sought, Standing


class ChosenRecord:
    """ClinicalRecord that asks for the choice with every question."""

    def __init__(self, house: House, own: ClinicalRecord) -> None:
        self._house = house
        self._own = own

    def present(self) -> object:
        """By the choice that this process read last."""
        terms = remembered(self._house)
        return self if terms.remote else self._own.present()

    async def _now(self, tx: Transaction) -> ClinicalRecord:
        terms = await terms_of(self._house, tx)
        if not terms.remote:
            return self._own
        links: Links = self._house.port(Links)
        return RemoteRecord(self._house, links.to(terms))

    async def patient(self, tx: Transaction, patient_id: str) -> Resource | None:
        return await (await self._now(tx)).patient(tx, patient_id)

    async def find_patients(
        self, tx: Transaction, words: Sequence[str], *, hidden: Sequence[str], limit: int
    ) -> list[Resource]:
        return await (await self._now(tx)).find_patients(tx, words, hidden=hidden, limit=limit)

    async def of_patient(
        self, tx: Transaction, patient_id: str, types: Sequence[str], *, hidden: Sequence[str]
    ) -> list[Resource]:
        return await (await self._now(tx)).of_patient(tx, patient_id, types, hidden=hidden)

    async def pointed_to(self, tx: Transaction, references: Iterable[str]) -> dict[str, Resource]:
        return await (await self._now(tx)).pointed_to(tx, references)

    async def last_visit(
        self, tx: Transaction, patient_id: str, moment: datetime, *, hidden: Sequence[str]
    ) -> Resource | None:
        return await (await self._now(tx)).last_visit(tx, patient_id, moment, hidden=hidden)

    async def page(self, tx: Transaction, patient_id: str, sought: Sought, *, before: Place | None, limit: int) -> Page:
        return await (await self._now(tx)).page(tx, patient_id, sought, before=before, limit=limit)

    async def version(self, tx: Transaction, kind: str, logical_id: str) -> int:
        return await (await self._now(tx)).version(tx, kind, logical_id)

    async def keep(self, tx: Transaction, resource: Resource, expected: int, now: datetime) -> None:
        await (await self._now(tx)).keep(tx, resource, expected, now)

    async def versions(self, tx: Transaction, kind: str, logical_id: str) -> list[tuple[datetime, Resource]]:
        return await (await self._now(tx)).versions(tx, kind, logical_id)

    async def every(self, tx: Transaction, kind: str) -> list[Resource]:
        return await (await self._now(tx)).every(tx, kind)

    async def standing(self, tx: Transaction, patient_id: str) -> Standing:
        return await (await self._now(tx)).standing(tx, patient_id)
