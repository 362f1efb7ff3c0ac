"""What of a resource is withheld from a reader who may not know of others: words for them in its references, a
narrative that may tell of them, and those of them that stand inside it.
"""

from collections.abc import Collection, Iterator
from typing import Any

from sportello.fhir.extraction import tokens_of, type_token
from sportello.fhir.references import local_target, references, worded

# http://hl7.org/fhir/R4/resource.html#simple-tags and extension-data-absent-reason.html: it is not all there is.
SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
MASKED = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}


def is_hidden(resource: dict[str, Any], hidden: Collection[str]) -> bool:
    """Whether a resource carries one of the tokens of what is hidden."""
    return not {*tokens_of(resource), type_token(str(resource.get("resourceType")))}.isdisjoint(hidden)


def names_of(resource: dict[str, Any]) -> set[str]:
    """The `Type/id` of which it must be known whether they are hidden before the resource is given out."""
    inner = list(_inside(resource))
    if inner or "text" in resource:
        found = {name for text in references(resource) if (name := local_target(text))}
        return found | {name for one in inner if (name := name_of(one))}
    return {name for one in worded(resource) if (name := local_target(one["reference"]))}


def narrates(resource: dict[str, Any]) -> bool:
    """Whether it has a narrative about a patient, in which something hidden that refers to it may be told."""
    return "text" in resource and any(field in resource for field in ("subject", "patient", "beneficiary", "for"))


def withheld(
    resource: dict[str, Any], hidden: Collection[str], concealed: Collection[str], *, mentioned: bool = False
) -> dict[str, Any]:
    """The resource for this reader, itself when all may be told; `mentioned`: something hidden refers to it."""
    inside = many(resource.get("contained"))
    left = [one for one in inside if not is_hidden(one, hidden)]
    entries = _entries(resource, hidden, concealed)
    named = any(local_target(text) in concealed for text in references(resource))
    if not (named or mentioned or entries is not None or len(left) < len(inside)):
        return resource
    gone = {f"#{one.get('id')}" for one in inside} - {f"#{one.get('id')}" for one in left}
    told = {key: value for key, value in resource.items() if key not in ("text", "contained")}
    if left:
        told["contained"] = [{key: value for key, value in one.items() if key != "text"} for one in left]
    if entries is not None:
        told["entry"] = entries
    less = told != resource
    made: dict[str, Any] = _wordless(told, concealed, gone)
    return _subsetted(made) if less else made


def _inside(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from many(resource.get("contained"))
    for one in many(resource.get("entry")) if resource.get("resourceType") == "Bundle" else ():
        if isinstance(inner := one.get("resource"), dict):
            yield inner
            yield from _inside(inner)


def _entries(resource: dict[str, Any], hidden: Collection[str], concealed: Collection[str]) -> list[Any] | None:
    """The entries of a kept Bundle that may be shown, each cut down by itself; None when that is all of them."""
    if resource.get("resourceType") != "Bundle":
        return None
    listed, found = many(resource.get("entry")), []
    for one in listed:
        inner = one.get("resource")
        if not isinstance(inner, dict):
            found.append(one)
        elif not is_hidden(inner, hidden) and name_of(inner) not in concealed:
            cut = withheld(inner, hidden, concealed)
            found.append(one if cut is inner else one | {"resource": cut})
    return found if len(found) < len(listed) or any(a is not b for a, b in zip(found, listed, strict=True)) else None


def _wordless(value: Any, concealed: Collection[str], gone: Collection[str]) -> Any:
    """A copy in which References to what is hidden say nothing of it; to what was inside, not even where it stood."""
    if isinstance(value, dict):
        told = value.get("reference")
        if isinstance(told, str) and told in gone:
            return {"id": told[1:], "extension": [MASKED]}
        if isinstance(told, str) and local_target(told) in concealed:
            return {"reference": told}
        return {key: _wordless(inner, concealed, gone) for key, inner in value.items()}
    return [_wordless(inner, concealed, gone) for inner in value] if isinstance(value, list) else value


def _subsetted(resource: dict[str, Any]) -> dict[str, Any]:
    meta = resource.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    tags = [one for one in many(meta.get("tag")) if one != SUBSETTED]
    return resource | {"meta": meta | {"tag": [*tags, SUBSETTED]}}


def name_of(resource: dict[str, Any]) -> str | None:
    """`Type/id`, as far as a resource says it itself."""
    kind, name = resource.get("resourceType"), resource.get("id")
    return f"{kind}/{name}" if isinstance(kind, str) and isinstance(name, str) else None


def many(value: object) -> list[dict[str, Any]]:
    """The objects of an element that should be a list of them."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
