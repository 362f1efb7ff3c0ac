"""What a bundle, or a single resource, asks to be kept: entries with their own ids, found before anything is stored."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from sportello.fhir.r4 import ID
from sportello.fhir.references import references, references_in, rewritten
from sportello.fhir.rules import Fault, faults
from sportello.kit.i18n import N_

Method = Literal["create", "put", "delete"]
_TYPES = frozenset({"transaction", "batch", "collection", "searchset", "document", "message"})
_NAMESPACE = uuid.UUID("5b1b7c52-8a86-5f0e-9a0e-0d6a37c3f1aa")
_encode = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode


class Entry(Struct, frozen=True):
    """One thing a file asks for: `place` counts from 0; `unless` is a search whose only match is taken instead.

    `named` are the references in it.
    """

    place: int
    method: Method
    type: str
    id: str
    resource: dict[str, Any]
    url: str | None = None
    unless: str | None = None
    named: Sequence[str] = ()


class Problem(Struct, frozen=True):
    """Why a file was refused or what was left as it is; `place` is the entry's, None for the file as a whole."""

    fault: Fault
    place: int | None = None
    resource: str | None = None


def entries(content: object, raw: bytes = b"") -> tuple[list[Entry], list[Problem]]:
    """The entries of a bundle or of a single resource, and every reason why they cannot be taken in; `raw` is how a
    single resource came.
    """
    if not isinstance(content, dict):
        return [], [Problem(Fault(N_("expected a FHIR resource or bundle")))]
    if content.get("resourceType") != "Bundle":
        return _read([(0, content, {})], raw)
    if (kind := content.get("type")) not in _TYPES:
        return [], [Problem(Fault(N_("Bundle.type %(type)s cannot be imported"), {"type": repr(kind)}))]
    listed = content.get("entry", [])
    if not isinstance(listed, list):
        return [], [Problem(Fault(N_("Bundle.entry must be a list")))]
    return _read(
        (place, entry.get("resource"), entry) if isinstance(entry, dict) else (place, None, {})
        for place, entry in enumerate(listed)
    )


def _read(listed: Any, raw: bytes = b"") -> tuple[list[Entry], list[Problem]]:
    found: list[Entry] = []
    problems: list[Problem] = []
    seen: dict[tuple[str, str], Entry] = {}
    for place, resource, wrapping in listed:
        for item in _entry(place, resource, wrapping, raw):
            if isinstance(item, Problem):
                problems.append(item)
                continue
            earlier = seen.setdefault((item.type, item.id), item)
            if earlier is item:
                found.append(item)
            elif _encode(earlier.resource) != _encode(item.resource):
                name = f"{item.type}/{item.id}"
                fault = Fault(
                    N_("the same id stands at entry %(entry)s with other content"), {"entry": str(earlier.place)}
                )
                problems.append(Problem(fault, place, name))
    return found, problems


def _entry(place: int, resource: Any, wrapping: dict[str, Any], raw: bytes) -> Iterator[Entry | Problem]:
    request = wrapping.get("request")
    request = request if isinstance(request, dict) else {}
    method, address = request.get("method"), request.get("url")
    address = address if isinstance(address, str) else ""
    if method == "DELETE":
        kind, _, name = address.partition("/")
        if ID.fullmatch(name):
            yield Entry(place, "delete", kind, name, {})
        else:
            yield Problem(Fault(N_("a deletion needs Type/id as its address")), place)
        return
    if method not in (None, "POST", "PUT"):
        yield Problem(Fault(N_("an entry with method %(method)s cannot be imported"), {"method": str(method)}), place)
        return
    named = references_in(raw, resource) if raw else references(resource)
    if found := faults(resource, named):
        for fault in found:
            yield Problem(fault, place, _name(resource))
        return
    url = wrapping.get("fullUrl")
    url = url if isinstance(url, str) else None
    name = resource.get("id") or _id_of(resource, url, address if method == "PUT" else "")
    kind = resource["resourceType"]
    yield Entry(
        place,
        "put" if method == "PUT" else "create",
        kind,
        name,
        resource if "id" in resource else {"resourceType": kind, "id": name, **resource},
        url,
        _condition(request, method, address),
        named,
    )


def pointed(entry: Entry, names: Mapping[str, str]) -> Entry:
    """With its references to the addresses in `names` led to what stands under them."""
    if not names:
        return entry
    named = [names.get(text) or text for text in entry.named]
    return msgspec.structs.replace(entry, resource=rewritten(entry.resource, names.get), named=named)


def _condition(request: dict[str, Any], method: str | None, address: str) -> str | None:
    """The search of a conditional create (ifNoneExist) or update (PUT Type?...)."""
    given = request.get("ifNoneExist") if method == "POST" else address.partition("?")[2]
    return given if isinstance(given, str) and given else None


def _id_of(resource: dict[str, Any], url: str | None, address: str) -> str:
    """An id that stays the same when the same file comes again: of the address, or of the content."""
    for text in (address, url or ""):
        last = text.removeprefix("urn:uuid:").partition("?")[0].rpartition("/")[2]
        if text and last != resource["resourceType"] and ID.fullmatch(last):
            return last
    return str(uuid.uuid5(_NAMESPACE, hashlib.sha256(_encode(resource)).hexdigest()))


def _name(resource: object) -> str | None:
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        return None
    name = resource.get("id")
    return f"{resource['resourceType']}/{name}" if isinstance(name, str) else str(resource["resourceType"])
