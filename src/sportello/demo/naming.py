"""Names for the demo's things that stay the same at every start and say nothing about anybody."""

import random
import uuid
from typing import Any

_NAMESPACE = uuid.UUID("0d1b1f60-52a4-5c0e-9a44-2f7f7f6d2c11")
_TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"

Resource = dict[str, Any]


def id_of(*parts: object) -> str:
    """The id of a thing: opaque, because ids stand in addresses."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(map(str, parts))))


def dice(*parts: object) -> random.Random:
    """A generator of its own for each thing, so that a change to one leaves the others as they were."""
    return random.Random("/".join(map(str, parts)))


def both(it: str, en: str) -> dict[str, Any]:
    """A FHIR text in Italian with its English translation, as elements `x` and `_x` are merged by `said`."""
    parts = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": en}]
    return {"text": it, "_text": {"extension": [{"url": _TRANSLATION, "extension": parts}]}}


def concept(it: str, en: str, code: str = "", system: str = "http://snomed.info/sct") -> dict[str, Any]:
    """A CodeableConcept that reads well in both languages."""
    coding = {"coding": [{"system": system, "code": code, "display": en}]} if code else {}
    return coding | both(it, en)


def reference(kind: str, name: str, display: str = "") -> dict[str, str]:
    return {"reference": f"{kind}/{name}"} | ({"display": display} if display else {})
