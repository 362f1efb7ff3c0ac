"""The clinical record on the hospital's server: answered out of copies of known age, which errands bring up to date."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sportello.adapters.remote_fhir import fetching, server, store, writing
from sportello.adapters.remote_fhir.fetching import Want
from sportello.adapters.remote_fhir.hearing import Trouble
from sportello.adapters.remote_fhir.link import Link
from sportello.adapters.remote_fhir.wording import TROUBLES, WORST
from sportello.fhir.extraction import index, span
from sportello.fhir.r4 import ID, TYPES
from sportello.kit.database import Errand, Transaction
from sportello.kit.house import House
from sportello.record.embedded import KeptRecord
from sportello.record.ports import Away, Page, Place, Resource, Sought, Standing

_SLOWLY = timedelta(minutes=15)  # for which people, places and templates count as of now
_HEADER = ("AllergyIntolerance", "Consent", "Encounter", "Flag")  # asked for together, being shown together
_READ = "read of the hospital's record"


class RemoteRecord(KeptRecord):
    """ClinicalRecord over copies; what is missing or old is an errand where the work can begin anew, and else is told
    as it is.
    """

    relation = store.RELATION

    def __init__(self, house: House, link: Link) -> None:
        self._house = house
        self._link = link

    def present(self) -> object:
        return self

    async def patient(self, tx: Transaction, patient_id: str) -> Resource | None:
        await self._have(tx, [(f"#{patient_id}", "Patient")])
        found = await super().patient(tx, patient_id)
        if found is None and await self._unknown(tx, patient_id):
            raise Away
        return found

    async def find_patients(
        self, tx: Transaction, words: Sequence[str], *, hidden: Sequence[str], limit: int
    ) -> list[Resource]:
        key = ("people", *words)
        if tx.brought is None:
            raise Away
        if key not in tx.brought:
            raise Errand(key, lambda: self._people(words))
        ids = tx.brought[key]
        if ids is None:
            raise Away
        copies = await super().pointed_to(tx, [f"Patient/{one}" for one in ids])
        shown = []
        for one in copies.values():
            known = index(one)
            if not set(hidden) & {*known.tokens, "_type|*|Patient"} and all(word in known.text for word in words):
                shown.append((known.text, one["id"], one))
        return [one for _, _, one in sorted(shown, key=lambda each: each[:2])][:limit]

    async def of_patient(
        self, tx: Transaction, patient_id: str, types: Sequence[str], *, hidden: Sequence[str]
    ) -> list[Resource]:
        asked = set(types) | (set(_HEADER) if set(types) & set(_HEADER) else set())
        await self._have(tx, [(patient_id, kind) for kind in sorted(asked)])
        return await super().of_patient(tx, patient_id, types, hidden=hidden)

    async def pointed_to(self, tx: Transaction, references: Iterable[str]) -> dict[str, Resource]:
        listed = list(dict.fromkeys(references))
        pairs = [one.split("/") for one in listed if one.count("/") == 1]
        wants = [(f"#{name}", kind) for kind, name in pairs if kind in TYPES and ID.fullmatch(name)]
        await self._have(tx, wants)
        return await super().pointed_to(tx, [one for one in listed if one.count("/") == 1])

    async def last_visit(
        self, tx: Transaction, patient_id: str, moment: datetime, *, hidden: Sequence[str]
    ) -> Resource | None:
        await self._have(tx, [(patient_id, "Encounter")])
        return await super().last_visit(tx, patient_id, moment, hidden=hidden)

    async def page(self, tx: Transaction, patient_id: str, sought: Sought, *, before: Place | None, limit: int) -> Page:
        types = {facet.partition(":")[0] for facet in sought.facets} | {"Encounter"}
        await self._have(tx, [(patient_id, kind) for kind in sorted(types)])
        return await super().page(tx, patient_id, sought, before=before, limit=limit)

    async def version(self, tx: Transaction, kind: str, logical_id: str) -> int:
        """Of the copy that the reader saw, so that what is sent is measured against just that."""
        known = await store.version(tx, kind, logical_id)
        if known is None:
            await self._have(tx, [(f"#{logical_id}", kind)])
            known = await store.version(tx, kind, logical_id)
        return writing.number(known)

    async def keep(self, tx: Transaction, resource: Resource, expected: int, now: datetime) -> None:
        await writing.keep(self._house, self._link, tx, resource, expected)

    async def versions(self, tx: Transaction, kind: str, logical_id: str) -> list[tuple[datetime, Resource]]:
        key = ("versions", kind, logical_id)
        if tx.brought is not None and key not in tx.brought:
            raise Errand(key, lambda: self._history(kind, logical_id))
        found = (tx.brought or {}).get(key) or list((await super().pointed_to(tx, [f"{kind}/{logical_id}"])).values())
        known = [(span((one.get("meta") or {}).get("lastUpdated")), one) for one in found]
        return [(at[0] if at else self._house.clock.now(), one) for at, one in known]

    async def every(self, tx: Transaction, kind: str) -> list[Resource]:
        await self._have(tx, [("", kind)])
        return await super().every(tx, kind)

    async def standing(self, tx: Transaction, patient_id: str) -> Standing:
        read = (tx.brought or {}).get(_READ, ())
        known = (await store.answers(tx, list(read))).values() if read else await store.answers_about(tx, patient_id)
        about = (patient_id, f"#{patient_id}")
        answers = [one for one in known if one.about in about or one.trouble]
        troubled = [one for one in answers if one.trouble]
        worst = min((one.trouble for one in troubled), key=WORST.index, default="")
        return Standing(
            self._link.terms.name or server.origin(self._link.terms.base),
            min((one.fetched_at for one in answers if one.fetched_at and one.about in about), default=None),
            tuple(dict.fromkeys(one.type for one in troubled if one.fetched_at)),
            tuple(dict.fromkeys(one.type for one in troubled if one.fetched_at is None)),
            TROUBLES.get(worst, ""),
            not self._link.terms.writes or not self._link.last_known.may_write("CarePlan"),
        )

    async def _have(self, tx: Transaction, wants: Sequence[Want]) -> None:
        """Sees to it that these questions were answered lately; asked already for this work, they are not again."""
        if tx.brought is None or not wants:
            return
        tx.brought.setdefault(_READ, set()).update(wants)
        asked = {one for key in tx.brought if isinstance(key, frozenset) for one in key}
        now = self._house.clock.now()
        fresh = timedelta(seconds=self._link.terms.fresh)
        answers = await store.answers(tx, wants)
        missing = []
        for want in wants:
            answer = answers.get(want)
            lasting = fresh if want[1] == "Patient" or (want[0] and not want[0].startswith("#")) else _SLOWLY
            good = answer and not answer.trouble and answer.fetched_at and now - answer.fetched_at <= lasting
            if not good and want not in asked:
                missing.append(want)
        if missing:
            raise Errand(frozenset(missing), lambda: fetching.fetch(self._house, self._link, missing))

    async def _unknown(self, tx: Transaction, patient_id: str) -> bool:
        """Whether nobody knows if there is such a patient: the server did not say."""
        want = (f"#{patient_id}", "Patient")
        answer = (await store.answers(tx, [want])).get(want)
        return answer is None or bool(answer.trouble)

    async def _people(self, words: Sequence[str]) -> list[str] | None:
        try:
            return await fetching.find_people(self._house, self._link, words)
        except Trouble:
            return None

    async def _history(self, kind: str, logical_id: str) -> list[Any]:
        try:
            async with self._link.wire() as wire:
                return await server.history(wire, kind, logical_id)
        except Trouble:
            return []
