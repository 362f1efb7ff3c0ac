"""Names, telephones and addresses as FHIR writes them, chosen and put in order for showing."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from sportello.record.concepts import first_text, many, string, strings

Resources = Mapping[str, Mapping[str, Any]]
_USES = ("official", "usual", None, "nickname", "anonymous", "temp", "maiden", "old")
_PLACES = ("home", "billing", None, "work", "temp", "old")


class Person(Struct, frozen=True):
    """Somebody or something a reference points to; `kind` is the FHIR type, `id` its logical id when it is here."""

    name: str
    kind: str | None = None
    id: str | None = None
    role: str | None = None
    organisation: str | None = None
    phone: str | None = None
    email: str | None = None


def name_of(resource: Mapping[str, Any]) -> str | None:
    """The name to show: the official one before the usual one, prefix first, family last."""
    name = resource.get("name")
    if isinstance(name, str):
        return string(name)
    best = _best(many(name), _USES)
    if not best:
        return None
    parts = [*strings(best.get("prefix")), *strings(best.get("given")), string(best.get("family"))]
    return " ".join(part for part in parts if part) or string(best.get("text"))


def name_parts(resource: Mapping[str, Any]) -> tuple[str, str]:
    """Given names and family name of the name shown; empty when unknown."""
    best = _best(many(resource.get("name")), _USES) or {}
    given = " ".join(strings(best.get("given")))
    return given, string(best.get("family")) or ""


def contact(resource: Mapping[str, Any], system: str) -> str | None:
    """The telephone (`phone`) or mail address (`email`) to use: by rank, the current ones only."""
    points = [one for one in many(resource.get("telecom")) if one.get("system") == system and one.get("use") != "old"]
    points.sort(key=lambda one: (rank if isinstance(rank := one.get("rank"), int) else 99, one.get("use") != "mobile"))
    return next((value for one in points if (value := string(one.get("value")))), None)


def address(resource: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The address in one line, and its postal code."""
    best = _best(many(resource.get("address")), _PLACES)
    if not best:
        return None, None
    code = string(best.get("postalCode"))
    lines = strings(best.get("line"))
    town = " ".join(part for part in (code, string(best.get("city"))) if part)
    state = f"({state})" if (state := string(best.get("state"))) else ""
    shown = ", ".join(part for part in (*lines, f"{town} {state}".strip()) if part)
    return shown or string(best.get("text")), code


def person(reference: object, resources: Resources, language: str) -> Person | None:
    """Who a Reference points to; its own display wins over nothing, the resource's name over its display."""
    if not isinstance(reference, dict):
        return None
    literal = string(reference.get("reference"))
    shown = string(reference.get("display"))
    found = resources.get(literal) if literal else None
    if found is None:
        return Person(shown) if shown else None
    kind = found.get("resourceType")
    if kind == "PractitionerRole":
        return _in_role(found, resources, language, shown)
    name = name_of(found) or shown
    if not name:
        return None
    return Person(
        name,
        kind=kind,
        id=string(found.get("id")),
        phone=contact(found, "phone"),
        email=contact(found, "email"),
    )


def _in_role(role: Mapping[str, Any], resources: Resources, language: str, shown: str | None) -> Person | None:
    """A PractitionerRole: the practitioner's name and id, the role's specialty, organisation and telephone."""
    who = person(role.get("practitioner"), resources, language)
    where = person(role.get("organization"), resources, language)
    name = who.name if who else shown or (where.name if where else None)
    if not name:
        return None
    return Person(
        name,
        kind="Practitioner" if who and who.id else "PractitionerRole",
        id=who.id if who and who.id else string(role.get("id")),
        role=first_text(role.get("specialty"), language) or first_text(role.get("code"), language),
        organisation=where.name if where else None,
        phone=contact(role, "phone") or (who.phone if who else None),
        email=contact(role, "email") or (who.email if who else None),
    )


def _best(listed: list[dict[str, Any]], order: tuple[str | None, ...]) -> dict[str, Any] | None:
    return min(
        listed,
        key=lambda one: order.index(use) if (use := one.get("use")) in order else len(order),
        default=None,
    )
