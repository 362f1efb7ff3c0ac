"""Makes a piece of a file ready for the store, in another process: read, checked, references resolved, indexed.

What can be decided without the database is decided here; the rest (conditions, deletions) is left to the writer.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from sportello.fhir.bundles import Entry, Problem, entries, pointed
from sportello.fhir.extraction import index
from sportello.fhir.intake.sources import Piece
from sportello.fhir.references import conditional, unresolved
from sportello.fhir.rules import Fault
from sportello.fhir.store.resources import columns
from sportello.kit.i18n import N_

# Decimals keep their digits: "6.30" is another precision than "6.3" (http://hl7.org/fhir/R4/json.html#decimal).
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_PLACE = re.compile(r"\(byte (\d+)\)")
_NUL = b"\\u0000"
_OPEN = N_("reference %(reference)s has no target; kept as it is")


class Refusal(Struct, frozen=True):
    """A resource that does not come in (or, `kept`, one that comes in with a reference left open), and why."""

    place: int
    resource: str
    element: str
    fault: Fault
    patient: str | None = None
    kept: bool = False


class Batch(Struct, frozen=True):
    """Resources of distinct type and id with the store's columns; `places` are their lines or entries."""

    places: Sequence[int]
    columns: Sequence[Sequence[Any]]
    puts: bool


class Prepared(Struct, frozen=True):
    """A piece, ready: batches to write, what is refused, and entries that the database must be asked about."""

    batches: Sequence[Batch] = ()
    refusals: Sequence[Refusal] = ()
    asking: Sequence[Entry] = ()


def prepared(piece: Piece) -> Prepared:
    """Whatever comes in, with the places of what does not."""
    if piece.whole:
        return _of_bundle(piece.lines[0])
    return _of_lines(piece)


def _of_bundle(raw: bytes) -> Prepared:
    content, refusal = _content(raw.removeprefix(b"\xef\xbb\xbf"), 0)
    if refusal:
        return Prepared(refusals=[refusal])
    if _is_manifest(content):
        return Prepared()
    return _ready(*entries(content), content)


def _of_lines(piece: Piece) -> Prepared:
    listed: list[Entry] = []
    texts: dict[int, str] = {}
    refusals: list[Refusal] = []
    bundles: list[Prepared] = []
    for number, raw in enumerate(piece.lines, piece.first):
        if not raw.strip():
            continue
        line = raw.removeprefix(b"\xef\xbb\xbf") if number == 0 else raw
        content, refusal = _content(line, number)
        if refusal:
            refusals.append(refusal)
            continue
        found, problems = entries(content, line)
        refusals += [_told(problem, number, content) for problem in problems]
        if isinstance(content, dict) and content.get("resourceType") == "Bundle":
            bundles.append(_at(number, _ready(found, [], content)))
        else:
            listed += [_replaced(entry, number) for entry in found]
            if found and found[0].resource is content:  # as it came, it need not be written anew
                texts[number] = line.decode()
    lines = _ready(listed, [], None, texts)
    parts = [lines, *bundles]
    return Prepared(
        [batch for part in parts for batch in part.batches],
        [*refusals, *(one for part in parts for one in part.refusals)],
        [entry for part in parts for entry in part.asking],
    )


def _replaced(entry: Entry, place: int) -> Entry:
    return msgspec.structs.replace(entry, place=place)


def _at(number: int, part: Prepared) -> Prepared:
    """A bundle that stands in one line: all of it has the line's number."""
    return Prepared(
        [Batch([number] * len(one.places), one.columns, one.puts) for one in part.batches],
        [msgspec.structs.replace(one, place=number) for one in part.refusals],
        [_replaced(one, number) for one in part.asking],
    )


def _content(raw: bytes, place: int) -> tuple[Any, Refusal | None]:
    if _NUL in raw:
        return None, Refusal(place, "", "", Fault(N_("the text contains the character U+0000, which cannot be kept")))
    try:
        return _decode(raw), None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return None, Refusal(place, "", "", _malformed(str(error)))


def _malformed(told: str) -> Fault:
    """What the reader of JSON says, in words that can be translated."""
    if match := _PLACE.search(told):
        return Fault(N_("not valid JSON, from character %(place)s on"), {"place": str(int(match[1]) + 1)})
    if "truncated" in told:
        return Fault(N_("not valid JSON: it ends too early"))
    return Fault(N_("not valid JSON: %(reason)s"), {"reason": told})


def _is_manifest(content: object) -> bool:
    """The list of files that a bulk export gives: its files lie beside it and come in by themselves."""
    return isinstance(content, dict) and "resourceType" not in content and {"transactionTime", "output"} <= set(content)


def _ready(
    listed: Sequence[Entry], problems: Sequence[Problem], content: Any, texts: Mapping[int, str] | None = None
) -> Prepared:
    refusals = [_told(problem, problem.place or 0, content) for problem in problems]
    needs = [one for one in listed if one.method == "delete" or one.unless or _asks(one)]
    if needs:
        return Prepared(refusals=refusals, asking=listed)
    names = {entry.url: f"{entry.type}/{entry.id}" for entry in listed if entry.url}
    listed = [pointed(entry, names) for entry in listed]
    for entry in listed:
        refusals += left_open(entry)
    return Prepared(_batches(listed, texts or {}), refusals)


def _asks(entry: Entry) -> bool:
    return any("?" in text and conditional(text) for text in entry.named)


def left_open(entry: Entry) -> list[Refusal]:
    """References that nothing resolves: kept as they came, and told."""
    return [
        Refusal(entry.place, f"{entry.type}/{entry.id}", path_of(entry.resource, text),
                Fault(_OPEN, {"reference": text}), index(entry.resource).patient, kept=True)
        for text in unresolved(entry.named)
    ]  # fmt: skip


def _batches(listed: Sequence[Entry], texts: Mapping[int, str]) -> list[Batch]:
    """In the order of the file, cut where a resource comes again or where puts begin or end."""
    found: list[tuple[bool, list[Entry]]] = []
    seen: set[tuple[str, str]] = set()
    for entry in listed:
        puts, name = entry.method == "put", (entry.type, entry.id)
        if not found or found[-1][0] != puts or name in seen:
            found.append((puts, []))
            seen.clear()
        seen.add(name)
        found[-1][1].append(entry)
    return [_batch(puts, sorted(several, key=lambda one: (one.type, one.id)), texts) for puts, several in found]


def _batch(puts: bool, several: Sequence[Entry], texts: Mapping[int, str]) -> Batch:
    """In the order of the key, so that two writers cannot deadlock."""
    made = columns(
        [one.resource for one in several], [one.named for one in several], [texts.get(one.place) for one in several]
    )
    return Batch([one.place for one in several], made, puts)


def _told(problem: Problem, place: int, content: Any) -> Refusal:
    """A refusal with the path of the element that is at fault."""
    resource = _resource_at(content, problem.place)
    kind = str(resource.get("resourceType", "")) if isinstance(resource, dict) else ""
    params, element = problem.fault.params, kind
    if "field" in params:
        element = f"{kind}.{params['field']}"
    elif "where" in params:
        element = f"{kind}.{params['where']}.linkId"
    elif "reference" in params:
        element = path_of(resource, params["reference"].strip("'\"")) or kind
    elif "id" in params:
        element = f"{kind}.id"
    patient = index(resource).patient if kind and isinstance(resource, dict) else None
    return Refusal(place, problem.resource or "", element, problem.fault, patient)


def _resource_at(content: Any, place: int | None) -> Any:
    if not isinstance(content, dict) or content.get("resourceType") != "Bundle":
        return content
    listed = content.get("entry")
    if place is None or not isinstance(listed, list) or place >= len(listed) or not isinstance(listed[place], dict):
        return content
    return listed[place].get("resource")


def path_of(resource: Any, reference: str) -> str:
    """Where in a resource a reference stands, such as `Encounter.participant[0].individual`; empty when nowhere."""

    def sought(value: Any, here: str) -> str:
        if isinstance(value, dict):
            if value.get("reference") == reference:
                return here
            return next((path for key, inner in value.items() if (path := sought(inner, f"{here}.{key}"))), "")
        if isinstance(value, list):
            return next((path for n, inner in enumerate(value) if (path := sought(inner, f"{here}[{n}]"))), "")
        return ""

    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    return sought(resource, str(kind)) if kind else ""
