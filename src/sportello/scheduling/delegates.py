"""Who books for another: noted by staff who saw the proof, asked before every act, and written down."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import uuid7
from sportello.record import naming
from sportello.scheduling.store import delegates as store
from sportello.scheduling.store.delegates import Delegate

RELATIONS = {
    "parent": N_("Parent"), "guardian": N_("Guardian"), "caregiver": N_("Caregiver"), "child": N_("Son or daughter"),
    "partner": N_("Spouse or partner"), "other": N_("Other"),
}  # fmt: skip
CONSENTS = {"given": N_("The patient agrees"), "by_law": N_("By law: a minor's parent, or a guardian")}
MOST_PROOF = 200
WRITE_DATE = N_("Write a date.")
ENDS_FIRST = N_("The end must be after the beginning.")
CHOOSE = N_("This choice is not known.")
WHO = N_("Choose the person.")
SELF = N_("Nobody is their own delegate.")
PROOF = N_("Write what was seen as proof, in 200 characters at most: the kind of document, not its number.")
ALREADY = N_("This person may book for the patient already.")


class Represented(Struct, frozen=True):
    """Somebody for whom a person may book."""

    patient: str
    name: str
    relation: str


async def add(house: House, tx: Transaction, actor: Actor, patient: str, form: dict[str, str]) -> dict[str, str]:
    """Notes that somebody may book for the patient; what is wrong by field."""
    now = house.clock.now()
    today = now.astimezone(house.settings.clinic.tz).date()
    since, until, errors = _period(form, today)
    who, proof = form.get("delegate", ""), form.get("proof", "").strip()
    if not who:
        errors["delegate"] = WHO
    elif who == patient:
        errors["delegate"] = SELF
    if form.get("relation") not in RELATIONS:
        errors["relation"] = CHOOSE
    if form.get("consent") not in CONSENTS:
        errors["consent"] = CHOOSE
    if not 0 < len(proof) <= MOST_PROOF:
        errors["proof"] = PROOF
    if errors:
        return errors
    one = Delegate(
        id=uuid7(), patient=patient, delegate=who, relation=form["relation"], since=since, until=until, proof=proof,
        consent=form["consent"], seen_by=actor.id, seen_at=now,
    )  # fmt: skip
    if not await store.add(tx, one):
        return {"delegate": ALREADY}
    await audit.record(
        house, tx, actor, "delegate.added", patient=patient, entity=f"delegate/{one.id}",
        detail={"delegate": who, "relation": one.relation, "consent": one.consent},
    )  # fmt: skip
    return {}


def _period(form: dict[str, str], today: date) -> tuple[date, date | None, dict[str, str]]:
    errors: dict[str, str] = {}
    found: dict[str, date | None] = {}
    for name in ("since", "until"):
        try:
            found[name] = date.fromisoformat(form[name]) if form.get(name) else None
        except ValueError:
            errors[name] = WRITE_DATE
    since, until = found.get("since") or today, found.get("until")
    if until and until < since:
        errors["until"] = ENDS_FIRST
    return since, until, errors


async def end(house: House, tx: Transaction, actor: Actor, delegate: UUID) -> str | None:
    """From now on that person may no longer; the patient's id, None when it was over already."""
    one = await store.end(tx, delegate, f"{actor.kind}:{actor.id}", house.clock.now())
    if one is None:
        return None
    await audit.record(
        house, tx, actor, "delegate.ended", patient=one.patient, entity=f"delegate/{one.id}",
        detail={"delegate": one.delegate},
    )  # fmt: skip
    return one.patient


async def represented(house: House, tx: Transaction, actor: Actor, person: str) -> list[Represented]:
    """For whom a person may book today, by name."""
    today = house.clock.now().astimezone(house.settings.clinic.tz).date()
    rows = await store.for_whom(tx, person, today)
    names = await naming.names(house, tx, actor, {one.patient for one in rows}, "delegates")
    return [Represented(one.patient, names.get(one.patient, "?"), one.relation) for one in rows]


class Books:
    """The record's `ActsFor`: whether one person may see of another what booking for them needs."""

    async def may(self, house: House, tx: Transaction, person: str, patient: str) -> bool:
        today = house.clock.now().astimezone(house.settings.clinic.tz).date()
        return any(one.patient == patient for one in await store.for_whom(tx, person, today))
