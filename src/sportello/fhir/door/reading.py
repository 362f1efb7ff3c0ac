"""Read, versions, everything of a patient, and the checking of a resource that is not kept."""

from datetime import datetime

from msgspec.structs import replace

from sportello.fhir.door import places, standing_in, values
from sportello.fhir.door.outcomes import Issue, Refusal, bad_parameter, not_found, outcome
from sportello.fhir.door.parameters import parameters
from sportello.fhir.door.questions import Answer, Question, of_resource, tag
from sportello.fhir.door.rendering import bundle, entry, reached, whole
from sportello.fhir.door.visiting import Visit
from sportello.fhir.door.writing import checked, gone
from sportello.fhir.extraction import index
from sportello.fhir.r4 import TYPES
from sportello.fhir.references import local_target
from sportello.fhir.store import finding
from sportello.fhir.store.finding import Found
from sportello.kit.database import Transaction

_PAGE, _MOST = 200, 1000


async def read(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """One resource as it stands; 304 when the visitor has it already, 410 when it was deleted."""
    visit.needs(asks.kind, "r")
    found = await finding.read(tx, asks.kind, asks.steps[1], visit.limits)
    if found is None:
        raise await gone(visit, tx, asks.kind, asks.steps[1])
    if asks.if_none_match and asks.if_none_match.strip() in (tag(found.version), f'"{found.version}"'):
        return Answer(304, None, found.version, found.updated)
    await visit.looked(tx, "fhir.read", [found], {"type": asks.kind})
    return of_resource(found)


async def version(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """One version, also of what was replaced or deleted since."""
    for one in await versions_of(visit, tx, asks):
        if str(one.version) == asks.steps[3]:
            await visit.looked(tx, "fhir.read", [one], {"type": asks.kind, "version": one.version})
            return of_resource(one)
    raise not_found("/".join(asks.steps))


async def versions_of(visit: Visit, tx: Transaction, asks: Question) -> list[Found]:
    """Every version that may be shown, newest first."""
    visit.needs(asks.kind, "r")
    listed = await finding.versions(tx, asks.kind, asks.steps[1])
    if not listed and asks.kind in visit.limits.plugs:
        here = await finding.read(tx, asks.kind, asks.steps[1], visit.limits)
        return [here] if here else []
    if listed and not listed[0][1] and await finding.read(tx, asks.kind, asks.steps[1], visit.limits) is None:
        return []
    if listed and visit.hides(listed[0][0]):  # deleted, and hidden as it last stood: so is what it was before
        return []
    found = [replace(one, patient=index(one.body).patient) for one, _ in listed]
    return await finding.veiled(tx, [one for one in found if not visit.hides(one)], visit.limits)


async def everything(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """A patient's compartment page by page, each with what it refers to (people, places, medications)."""
    visit.needs("Patient", "r")
    given, name, path = dict(asks.pairs), asks.steps[1], "/".join(asks.steps)
    if await finding.read(tx, "Patient", name, visit.limits) is None:
        raise await gone(visit, tx, "Patient", name)
    name = await standing_in.of(tx, name)
    mark = places.fingerprint(path, asks.pairs)
    after = str(places.read(mark, given["_cursor"], 0)[0]) if given.get("_cursor") else "/"
    size = _number(given.get("_count", ""))
    kinds, since = _kinds(visit, given.get("_type", "")), _since(given.get("_since", ""))
    listed = await finding.compartment(tx, name, kinds, visit.limits, after=after, since=since, limit=size)
    page = listed[:size]
    beside = await finding.several(tx, _referred(visit, page, name), visit.limits)
    await visit.looked(tx, "fhir.read", [*page, *beside], {"type": "Patient", "operation": "everything"})
    entries = [entry(visit.base, one, whole(one), "match") for one in page]
    entries += [entry(visit.base, one, whole(one), "include") for one in beside]
    following = ""
    if len(listed) > size:
        word = places.write(mark, [f"{page[-1].kind}/{page[-1].id}"])
        kept = "&".join(f"{key}={value}" for key, value in given.items() if key != "_cursor")
        following = f"{visit.base}/{path}?{kept}{'&' if kept else ''}_cursor={word}"
    return Answer(200, bundle("searchset", entries, self=f"{visit.base}/{path}", next=following))


def _kinds(visit: Visit, wanted: str) -> list[str] | None:
    """The types asked for as far as the token reaches; None: all."""
    asked = [one for one in wanted.split(",") if one]
    if unknown := [one for one in asked if one not in TYPES]:
        raise bad_parameter("_type", f"{unknown[0]} is no FHIR R4 type")
    if not asked and "r" in visit.rights.letters.get("*", frozenset()):
        return None
    return [one for one in asked or sorted(TYPES) if visit.rights.may(one, "r")]


def _referred(visit: Visit, page: list[Found], patient: str) -> list[str]:
    """What the page's resources refer to beyond the compartment, as far as the token reaches."""
    here = {f"{one.kind}/{one.id}" for one in page}
    names: dict[str, None] = {}
    for one in page:
        for parameter in parameters(one.kind).values():
            if parameter.kind != "reference":
                continue
            for path in parameter.paths:
                for element in reached(one.body, path):
                    told = element.get("reference") if isinstance(element, dict) else None
                    name = local_target(told) if isinstance(told, str) else None
                    kind = (name or "").partition("/")[0]
                    if name and name not in here and kind in _BESIDE and visit.rights.may(kind, "r"):
                        names[name] = None
    return list(names)[:_MOST]


_BESIDE = frozenset(
    "Practitioner PractitionerRole Organization Location HealthcareService Medication Device Substance".split()
)


def _number(text: str) -> int:
    if text and not (text.isdecimal() and len(text) < 9 and int(text)):
        raise bad_parameter("_count", "expected a number of resources")
    return min(int(text), _MOST) if text else _PAGE


def _since(text: str) -> datetime | None:
    try:
        return values.date(text).start if text else None
    except ValueError as error:
        raise bad_parameter("_since", str(error)) from error


async def validate(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """What the door would say to a resource, without keeping it."""
    body = asks.body
    if isinstance(body, dict) and body.get("resourceType") == "Parameters":
        listed = body.get("parameter")
        parts = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        body = next((one.get("resource") for one in parts if one.get("name") == "resource"), None)
    try:
        checked(asks.kind, body)
    except Refusal as refusal:
        return Answer(200, outcome(refusal.issues))
    return Answer(200, outcome([Issue("informational", "nothing is wrong with it", severity="information")]))
