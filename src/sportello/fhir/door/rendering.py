"""Resources and bundles as the door gives them out: with their version, cut down to what was asked for."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sportello.fhir.door.asking import Asked
from sportello.fhir.door.parameters import required_elements, summary_elements
from sportello.fhir.store.finding import Found
from sportello.fhir.withholding import SUBSETTED


def stamp(at: datetime) -> str:
    """An instant."""
    return f"{at.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"


def whole(found: Found) -> dict[str, Any]:
    """The resource with the version and time that the store gave it."""
    meta = found.body.get("meta")
    known = {"versionId": str(found.version), "lastUpdated": stamp(found.updated)}
    head = {"resourceType": found.kind, "id": found.id, "meta": {**(meta if isinstance(meta, dict) else {}), **known}}
    return head | {name: value for name, value in found.body.items() if name not in head}


def shown(found: Found, asked: Asked) -> dict[str, Any]:
    """The resource as a search wants it: whole, summed up, or some of its elements."""
    resource = whole(found)
    if asked.elements:
        kept = required_elements(found.kind) | set(asked.elements)
    elif asked.summary == "true":
        kept = summary_elements(found.kind)
    elif asked.summary == "text":
        kept = required_elements(found.kind) | {"text"}
    elif asked.summary == "data":
        kept = frozenset(resource) - {"text"}
    else:
        return resource
    cut = {name: value for name, value in resource.items() if name.removeprefix("_") in kept}
    tags = [tag for tag in cut["meta"].get("tag", []) if tag != SUBSETTED]
    return cut | {"meta": cut["meta"] | {"tag": [*tags, SUBSETTED]}}


def entry(base: str, found: Found, resource: Mapping[str, Any], mode: str) -> dict[str, Any]:
    """An entry of a searchset."""
    return {"fullUrl": f"{base}/{found.kind}/{found.id}", "resource": resource, "search": {"mode": mode}}


def bundle(
    kind: str, entries: Iterable[Mapping[str, Any]], *, total: int | None = None, **links: str
) -> dict[str, Any]:
    """A Bundle; links without an address are left out."""
    made: dict[str, Any] = {"resourceType": "Bundle", "type": kind}
    if total is not None:
        made["total"] = total
    if told := [{"relation": relation, "url": url} for relation, url in links.items() if url]:
        made["link"] = told
    if listed := list(entries):
        made["entry"] = listed
    return made


def reached(value: Any, path: str) -> Iterator[Any]:
    """The elements of a search parameter's path, as far as paths without a filter go."""
    parts = path.removeprefix("$.").removesuffix("[*]").split(".")
    found = [value]
    for part in parts:
        found = [
            inner
            for one in found
            for each in (one if isinstance(one, list) else [one])
            if isinstance(each, dict) and (inner := each.get(part)) is not None
        ]
    for one in found:
        yield from one if isinstance(one, list) else [one]
