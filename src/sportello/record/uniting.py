"""What becomes of two records of one person: the survivor with what only the other knew, and back again. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from sportello.fhir.folding import digits
from sportello.record.concepts import many, mapping, string
from sportello.record.ports import Resource

# What a person has one of: the survivor's own counts unless the other's was chosen.
CHOSEN = ("name", "birthDate", "gender", "communication", "address", "generalPractitioner")
_OWN = frozenset({"resourceType", "id", "meta", "text", "active", "link", "identifier", "telecom", *CHOSEN})
_REPLACES, _REPLACED = "replaces", "replaced-by"


def replaced_by(patient: Mapping[str, Any]) -> str | None:
    """The id of the record that stands for this one (http://hl7.org/fhir/R4/patient.html#maintaining-links)."""
    for one in many(patient.get("link")):
        target = string(mapping(one.get("other")).get("reference")) or ""
        if one.get("type") == _REPLACED and target.startswith("Patient/"):
            return target.removeprefix("Patient/").partition("/")[0]
    return None


def united(survivor: Resource, former: Resource, taken: Collection[str]) -> Resource:
    """The survivor with the other's numbers, ways of contact and old names, and those of its elements that were
    taken or that it had not.
    """
    made = dict(survivor)
    for field in CHOSEN:
        theirs, own = former.get(field), survivor.get(field)
        if theirs and (not own or field in taken):
            made[field] = theirs
        if field in ("name", "address") and theirs and own:
            first, second = (theirs, own) if field in taken else (own, theirs)
            made[field] = [
                *many(first),
                *(_past(one) for one in many(second) if _bare(one) not in map(_bare, many(first))),
            ]
    made |= {name: value for name, value in former.items() if name not in _OWN and name not in made}
    if len([name for name in made if name.startswith("deceased")]) > 1:
        made.pop("deceasedBoolean", None)
    numbers = _together(survivor.get("identifier"), former.get("identifier"), _number)
    contacts = _together(survivor.get("telecom"), [_unranked(one) for one in many(former.get("telecom"))], _way)
    made |= {"identifier": numbers} if numbers else {}
    made |= {"telecom": contacts} if contacts else {}
    links = [*many(survivor.get("link")), *(one for one in many(former.get("link")) if one.get("type") == _REPLACES)]
    made["link"] = [*links, _link(former["id"], _REPLACES)]
    return made


def retired(former: Resource, survivor: str) -> Resource:
    """The other record, which now only says where to look."""
    return former | {"active": False, "link": [*many(former.get("link")), _link(survivor, _REPLACED)]}


def repointed(value: Any, source: str, target: str) -> Any:
    """A resource with every reference to one patient turned to another."""
    if isinstance(value, dict):
        return {
            key: _turned(inner, source, target) if key == "reference" else repointed(inner, source, target)
            for key, inner in value.items()
        }
    return [repointed(inner, source, target) for inner in value] if isinstance(value, list) else value


def parted(now: Resource, before: Resource, after: Resource) -> Resource:
    """A resource as it would be without the merge: what was changed since stays, what the merge brought goes."""
    made = {}
    for field in dict.fromkeys((*before, *now)):
        if now.get(field) == after.get(field):
            value = before.get(field)
        elif isinstance(now.get(field), list):
            added = [one for one in after.get(field) or [] if one not in (before.get(field) or [])]
            value = [one for one in now[field] if one not in added]
        else:
            value = now.get(field)
        if value is not None and value != []:
            made[field] = value
    return made


def _turned(reference: Any, source: str, target: str) -> Any:
    if isinstance(reference, str) and reference.partition("/_history/")[0] == f"Patient/{source}":
        return f"Patient/{target}"
    return reference


def _link(patient: str, kind: str) -> Resource:
    return {"other": {"reference": f"Patient/{patient}"}, "type": kind}


def _past(one: Resource) -> Resource:
    return one | {"use": "old"}


def _bare(one: Resource) -> Resource:
    return {name: value for name, value in one.items() if name not in ("use", "period", "id")}


def _unranked(contact: Resource) -> Resource:
    return {name: value for name, value in contact.items() if name != "rank"}


def _number(one: Resource) -> object:
    return string(one.get("system")), (string(one.get("value")) or "").upper()


def _way(one: Resource) -> object:
    value = string(one.get("value")) or ""
    return one.get("system"), digits(value) if one.get("system") == "phone" else value.casefold()


def _together(own: object, theirs: object, key: Any) -> list[Resource]:
    known = {key(one) for one in many(own)}
    return [*many(own), *(one for one in many(theirs) if key(one) not in known)]
