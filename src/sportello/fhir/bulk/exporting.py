"""An export is an instant: nothing is copied, the files are read from the versions of that instant when fetched."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sportello.administration import audit
from sportello.fhir.door import values
from sportello.fhir.door.capability import KEPT
from sportello.fhir.door.outcomes import Issue, Refusal, bad_parameter, not_found
from sportello.fhir.door.questions import Answer, Question
from sportello.fhir.door.rendering import reached
from sportello.fhir.door.visiting import Visit
from sportello.fhir.plugging import plugs_of
from sportello.fhir.references import local_target
from sportello.fhir.store import exports, finding
from sportello.fhir.store.exports import Export
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.jobs import job

KEPT_FOR = timedelta(hours=24)
_FORMATS = frozenset({"", "application/fhir+ndjson", "application/ndjson", "ndjson"})
_KNOWN = frozenset({"_outputFormat", "_since", "_type", "_format", "_pretty"})


async def kick_off(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """202 with the address where it is told how far the export is."""
    if visit.rights.person:
        raise Refusal(403, Issue("forbidden", "an export is for systems (system/ scopes), not for a user"))
    given = _given(asks)
    if given.get("_outputFormat", "") not in _FORMATS:
        raise bad_parameter("_outputFormat", "only application/fhir+ndjson is written here")
    if unknown := sorted(set(given) - _KNOWN):
        raise bad_parameter(unknown[0], f"{unknown[0]} is not known for $export")
    types = _types(visit, given.get("_type", ""))
    now = visit.now
    one = Export(
        uuid7(), visit.actor.id, f"{visit.base}/{'/'.join(asks.steps)}", await exports.settled(tx, now),
        _since(given.get("_since", "")), types, asks.steps[0] != "$export", await _members(visit, tx, asks),
        list(visit.limits.hidden), now, now + KEPT_FOR,
    )  # fmt: skip
    await exports.forget(tx, now)
    await exports.insert(tx, one)
    await audit.record(
        visit.house, tx, visit.actor, "fhir.exported", entity=str(one.id), detail={"of": "/".join(asks.steps)}
    )
    await visit.house.jobs.enqueue(tx, "fhir.count_export", {"export": str(one.id)}, dedupe_key=f"export:{one.id}")
    return Answer(202, headers={"content-location": f"{visit.base}/_export/{one.id}"})


def _given(asks: Question) -> dict[str, str]:
    """The parameters of the address, or of a resource Parameters that was posted."""
    given = dict(asks.pairs)
    listed = asks.body.get("parameter") if isinstance(asks.body, dict) else None
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and isinstance(name := one.get("name"), str):
            value = next((value for key, value in one.items() if key.startswith("value")), "")
            joined = ",".join(filter(None, [given.get(name, ""), str(value)]))
            given[name] = joined if name == "_type" else str(value)
    return given


def _types(visit: Visit, text: str) -> list[str]:
    wanted = [one.strip() for one in text.split(",") if one.strip()]
    if unknown := [one for one in wanted if one not in KEPT]:
        raise bad_parameter("_type", f"{unknown[0][:60]} is not kept here")
    for kind in wanted:
        visit.needs(kind, "r")
    found = wanted or [kind for kind in sorted(KEPT) if visit.rights.may(kind, "r")]
    if not found:
        raise Refusal(403, Issue("forbidden", "the token may read nothing"))
    return found


def _since(text: str) -> datetime | None:
    try:
        return values.date(text).start if text else None
    except ValueError as error:
        raise bad_parameter("_since", str(error)) from error


async def _members(visit: Visit, tx: Transaction, asks: Question) -> list[str] | None:
    """The patients of a Group; None where nobody is singled out."""
    if asks.steps[0] != "Group":
        return None
    visit.needs("Group", "r")
    group = await finding.read(tx, "Group", asks.steps[1], visit.limits)
    if group is None:
        raise not_found("/".join(asks.steps[:2]))
    told = (element.get("reference") for element in reached(group.body, "$.member.entity") if isinstance(element, dict))
    names = (local_target(one) for one in told if isinstance(one, str))
    return [name.removeprefix("Patient/") for name in names if name and name.startswith("Patient/")]


@job("fhir.count_export")
async def count(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Counts what each file will hold; from then on the export is complete."""
    one = await exports.read(tx, UUID(payload["export"]), house.clock.now())
    if one is None:
        return
    counts: dict[str, int] = {}
    for kind in await exports.there(tx, one, plugs_of(house)):
        after, number = "", 0
        while True:
            found, after = await exports.page(tx, one, kind, after, plugs_of(house))
            number += len(found)
            if not after:
                break
        if number:
            counts[kind] = number
    await exports.counted(tx, one.id, counts)
