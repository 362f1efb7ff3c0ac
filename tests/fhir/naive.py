"""Search as the standard's text has it, resource by resource in plain Python: what the door is compared with.

Nothing of the product is used: elements are named by hand from the pages of R4's resources, and dates, words and codes
are read anew, so that a mistake in the tables or in the statements of the door cannot hide here too.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

Resource = dict[str, Any]
FAR_BACK, FAR_ON = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)

# (kind of parameter, elements) by type and name
ELEMENTS: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "Patient": {
        "name": ("string", ("name",)), "family": ("string", ("name.family",)), "given": ("string", ("name.given",)),
        "birthdate": ("date", ("birthDate",)), "gender": ("token", ("gender",)),
        "identifier": ("token", ("identifier",)),
        "address-city": ("string", ("address.city",)), "language": ("token", ("communication.language",)),
        "general-practitioner": ("reference", ("generalPractitioner",)),
    },
    "Observation": {
        "code": ("token", ("code",)), "category": ("token", ("category",)), "status": ("token", ("status",)),
        "date": ("date", ("effectiveDateTime", "effectivePeriod", "effectiveInstant")),
        "subject": ("reference", ("subject",)), "encounter": ("reference", ("encounter",)),
        "value-quantity": ("quantity", ("valueQuantity",)), "value-concept": ("token", ("valueCodeableConcept",)),
    },
    "Encounter": {
        "class": ("token", ("class",)), "status": ("token", ("status",)), "type": ("token", ("type",)),
        "date": ("date", ("period",)), "subject": ("reference", ("subject",)),
        "participant": ("reference", ("participant.individual",)), "reason-code": ("token", ("reasonCode",)),
    },
    "Condition": {
        "code": ("token", ("code",)), "clinical-status": ("token", ("clinicalStatus",)),
        "onset-date": ("date", ("onsetDateTime", "onsetPeriod")), "recorded-date": ("date", ("recordedDate",)),
        "subject": ("reference", ("subject",)), "verification-status": ("token", ("verificationStatus",)),
    },
    "MedicationRequest": {
        "authoredon": ("date", ("authoredOn",)), "intent": ("token", ("intent",)), "status": ("token", ("status",)),
        "code": ("token", ("medicationCodeableConcept",)), "requester": ("reference", ("requester",)),
    },
    "CarePlan": {
        "date": ("date", ("period",)), "status": ("token", ("status",)), "category": ("token", ("category",)),
        "goal": ("reference", ("goal",)), "care-team": ("reference", ("careTeam",)),
    },
}  # fmt: skip


def elements(resource: Resource, path: str) -> list[Any]:
    """The elements at a path, lists taken apart."""
    found: list[Any] = [resource]
    for step in path.split("."):
        found = [one[step] for one in found if isinstance(one, dict) and step in one]
        found = [inner for one in found for inner in (one if isinstance(one, list) else [one])]
    return found


def meets(resource: Resource, name: str, value: str) -> bool:
    """Whether a resource meets `name[:modifier]=value[,value]`."""
    base, _, modifier = name.partition(":")
    kind, paths = ELEMENTS[resource["resourceType"]][base]
    values = [one for path in paths for one in elements(resource, path)]
    if modifier == "missing":
        return (not values) == (value == "true")
    one_of = any(_HOW[kind](modifier, element, text) for element in values for text in value.split(","))
    return not one_of if modifier == "not" else one_of


def _token(_modifier: str, element: Any, text: str) -> bool:
    system, bar, code = text.rpartition("|")
    for has, is_ in _codes(element):
        if (not code or is_ == code) and (not bar or (has or "") == system or (has is None and not _object(element))):
            return True
    return False


def _object(element: Any) -> bool:
    return isinstance(element, dict)


def _codes(element: Any) -> Iterator[tuple[str | None, str | None]]:
    if isinstance(element, dict) and "coding" in element:
        yield from ((one.get("system"), one.get("code")) for one in element["coding"])
    elif isinstance(element, dict):
        yield element.get("system"), element.get("code", element.get("value"))
    else:
        yield None, str(element).lower() if isinstance(element, bool) else str(element)


def _plain(text: str) -> str:
    spread = unicodedata.normalize("NFD", text.replace("\u2019", "'"))
    return "".join(one for one in spread if not unicodedata.combining(one)).lower()


def _string(modifier: str, element: Any, text: str) -> bool:
    for word in _words(element):
        if modifier == "exact" and word == text:
            return True
        if modifier == "contains" and _plain(text) in _plain(word):
            return True
        if not modifier and _plain(word).startswith(_plain(text)):
            return True
    return False


def _words(element: Any) -> Iterator[str]:
    if isinstance(element, str):
        yield element
    elif isinstance(element, dict):
        for name in ("family", "given", "prefix", "suffix", "text"):
            told = element.get(name, [])
            yield from [told] if isinstance(told, str) else told


def _reference(_modifier: str, element: Any, text: str) -> bool:
    told = element.get("reference")
    return told is not None and (told == text or ("/" not in text and told.endswith(f"/{text}")))


def _date(_modifier: str, element: Any, text: str) -> bool:
    prefix, wanted = (text[:2], text[2:]) if text[:2].isalpha() else ("eq", text)
    start, end = _span(wanted)
    if isinstance(element, dict):
        low = _span(element["start"])[0] if element.get("start") else FAR_BACK
        high = _span(element["end"])[1] if element.get("end") else FAR_ON
    else:
        low, high = _span(element)
    inside, above, below = start <= low and high <= end, high > end, low < start
    return {
        "eq": inside, "ne": not inside, "gt": above, "lt": below, "ge": above or inside, "le": below or inside,
        "sa": low >= end, "eb": high <= start,
    }[prefix]  # fmt: skip


def _span(text: str) -> tuple[datetime, datetime]:
    if "T" in text:
        at = datetime.fromisoformat(text)
        return at, at + timedelta(seconds=1)
    year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
    if day:
        at = datetime(year, month, day, tzinfo=UTC)
        return at, at + timedelta(days=1)
    if month:
        return datetime(year, month, 1, tzinfo=UTC), datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)


def _quantity(_modifier: str, element: Any, text: str) -> bool:
    number, system, code = (*text.split("|"), "", "")[:3]
    prefix, number = (number[:2], number[2:]) if number[:2].isalpha() else ("eq", number)
    value, wanted = Decimal(str(element["value"])), Decimal(number)
    half = Decimal("0.5") * Decimal(10) ** -len(number.partition(".")[2])
    inside = wanted - half <= value < wanted + half
    if system and element.get("system") != system:
        return False
    if code and element.get("code") != code and (system or element.get("unit") != code):
        return False
    return {
        "eq": inside, "ne": not inside, "gt": value > wanted, "lt": value < wanted, "ge": value >= wanted,
        "le": value <= wanted, "sa": value > wanted, "eb": value < wanted,
    }[prefix]  # fmt: skip


_HOW: dict[str, Callable[[str, Any, str], bool]] = {
    "token": _token, "string": _string, "reference": _reference, "date": _date, "quantity": _quantity,
}  # fmt: skip


def sort_key(resource: Resource, name: str) -> Any:
    """By what a resource stands in an order: the lowest of its values; None when it has none (such come last)."""
    kind, paths = ELEMENTS[resource["resourceType"]][name]
    values = [one for path in paths for one in elements(resource, path)]
    if kind == "date":
        starts = [_span((one.get("start") or one["end"]) if isinstance(one, dict) else one)[0] for one in values]
        return min(starts, default=None)
    if kind == "quantity":
        return min((Decimal(str(one["value"])) for one in values), default=None)
    return min((re.sub(r"\s+", " ", _plain(word)) for one in values for word in _words(one)), default=None)
