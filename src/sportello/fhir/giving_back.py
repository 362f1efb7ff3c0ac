"""What was withheld from a reader comes back when they write: what is read and written back takes nothing away."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sportello.fhir.references import local_target, reworded, worded
from sportello.fhir.withholding import MASKED, SUBSETTED, many, name_of


def given_back(
    given: dict[str, Any], before: dict[str, Any], shown: dict[str, Any], concealed: Collection[str]
) -> dict[str, Any]:
    """What is kept when a reader writes who was `shown` less than what stood there `before`: what they were not shown
    stays as it was, wherever they did not put something else.
    """
    known = {one["reference"]: one for one in worded(before) if local_target(one["reference"]) in concealed}
    made: dict[str, Any] = reworded(given, known)
    if SUBSETTED not in _tags(shown) or SUBSETTED in _tags(before):
        return made
    left = {one.get("id") for one in many(shown.get("contained"))}
    lost = [one for one in many(before.get("contained")) if one.get("id") not in left]
    if lost:
        names = {str(one.get("id")) for one in lost}
        made = _unmasked(made, {name: _reference(before, name) for name in names})
    made |= _whole_again("contained", made, before, lambda one: one.get("id"))
    made |= _whole_again("entry", made, before, _standing)
    if "text" in before and "text" not in made:
        made["text"] = before["text"]
    return _untagged(made)


def _whole_again(field: str, made: dict[str, Any], before: dict[str, Any], key: Any) -> dict[str, Any]:
    """An element's objects with those of before whose like is missing, and the narratives that were taken off."""
    old = {key(one): one for one in many(before.get(field))}
    if not old:
        return {}
    listed = [_with_text(one, old.get(key(one), {})) for one in many(made.get(field))]
    written = {key(one) for one in listed}
    return {field: [*listed, *(one for name, one in old.items() if name not in written)]}


def _with_text(one: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """A contained resource, or an entry's, with its narrative again."""
    inner, old = one.get("resource"), before.get("resource")
    if isinstance(inner, dict) and isinstance(old, dict):
        return one | {"resource": _untagged(_with_text(inner, old)) if SUBSETTED not in _tags(old) else inner}
    return one | {"text": before["text"]} if "text" in before and "text" not in one else one


def _standing(one: dict[str, Any]) -> Any:
    inner = one.get("resource")
    return one.get("fullUrl"), name_of(inner) if isinstance(inner, dict) else None


def _reference(before: dict[str, Any], name: str) -> dict[str, Any]:
    """How the resource referred to one that it contains."""
    return next((one for one in _every(before) if one.get("reference") == f"#{name}"), {"reference": f"#{name}"})


def _unmasked(value: Any, known: Mapping[str, dict[str, Any]]) -> Any:
    if isinstance(value, dict):
        if value.get("extension") == [MASKED] and value.get("id") in known:
            return known[value["id"]]
        return {key: _unmasked(inner, known) for key, inner in value.items()}
    return [_unmasked(inner, known) for inner in value] if isinstance(value, list) else value


def _untagged(resource: dict[str, Any]) -> dict[str, Any]:
    meta = resource.get("meta")
    if not isinstance(meta, dict) or SUBSETTED not in many(meta.get("tag")):
        return resource
    tags = [one for one in many(meta["tag"]) if one != SUBSETTED]
    left = {key: value for key, value in meta.items() if key != "tag"} | ({"tag": tags} if tags else {})
    return {key: value for key, value in resource.items() if key != "meta"} | ({"meta": left} if left else {})


def _tags(resource: dict[str, Any]) -> list[dict[str, Any]]:
    meta = resource.get("meta")
    return many(meta.get("tag")) if isinstance(meta, dict) else []


def _every(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _every(inner)
