"""Takes bundles in: all of a file or nothing, references resolved, the same file twice as good as once."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from sportello.fhir import store
from sportello.fhir.bundles import Entry, Problem, entries, pointed
from sportello.fhir.extraction import index
from sportello.fhir.references import conditional, unresolved
from sportello.fhir.rules import Fault
from sportello.kit.database import Transaction
from sportello.kit.i18n import N_


class Refused(Exception):
    """The bundle was not taken in; `problems` say at which entry and why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems: {problems[0].fault}")
        self.problems = list(problems)


class Taken(Struct, frozen=True):
    """What came of a bundle: resources created, updated, unchanged, deleted, and references left as they are."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    warnings: Sequence[Problem] = ()


async def import_bundle(tx: Transaction, bundle: dict[str, Any], *, now: datetime | None = None) -> Taken:
    """Keeps every resource of a bundle (or a single resource); raises Refused and then keeps nothing.

    A resource keeps its own id; without one it gets that of its fullUrl. POST and entries without a request
    ignore content that was received before, PUT always applies. Runs in the caller's transaction.
    """
    listed, problems = entries(bundle)
    if problems:
        raise Refused(problems)
    return await import_entries(tx, listed, now=now)


async def import_entries(tx: Transaction, listed: list[Entry], *, now: datetime | None = None) -> Taken:
    """The same for entries that were read already: those of one bundle, or of lines that stand together."""
    names = {entry.url: f"{entry.type}/{entry.id}" for entry in listed if entry.url}
    listed = await _met(tx, listed, names)
    names |= await _conditions(tx, listed)
    kept = [pointed(entry, names) for entry in listed if entry.method != "delete"]
    counts: Counter[str] = Counter()
    for method in ("create", "put"):
        several = [entry for entry in kept if entry.method == method]
        bodies, named = [entry.resource for entry in several], [entry.named for entry in several]
        versions = await store.put_many(tx, bodies, named, now=now, revert=method == "put")
        counts.update(version.change for version in versions)
    for entry in listed:
        if entry.method == "delete" and await store.delete(tx, entry.type, entry.id):
            counts["deleted"] += 1
    return Taken(
        created=counts["created"],
        updated=counts["updated"],
        unchanged=counts["unchanged"],
        deleted=counts["deleted"],
        warnings=[problem for entry in kept for problem in _dangling(entry)],
    )


async def _met(tx: Transaction, listed: list[Entry], names: dict[str, str]) -> list[Entry]:
    """Entries whose condition already has its one match: a create steps aside, a put goes onto the match."""
    result = []
    for entry in listed:
        match = await _match(tx, entry.type, entry.unless) if entry.unless else []
        if len(match) > 1:
            fault = Fault(N_("the condition %(query)s has several matches"), {"query": entry.unless or ""})
            raise Refused([Problem(fault, entry.place, f"{entry.type}/{entry.id}")])
        if not match:
            result.append(entry)
            continue
        if entry.url:
            names[entry.url] = f"{entry.type}/{match[0]}"
        if entry.method == "put":
            body = {**entry.resource, "id": match[0]}
            result.append(Entry(entry.place, "put", entry.type, match[0], body, entry.url, named=entry.named))
    return result


async def _conditions(tx: Transaction, listed: list[Entry]) -> dict[str, str]:
    """Conditional references to their one target, sought in the bundle itself, then in the store."""
    wanted = {text for entry in listed for text in entry.named if conditional(text)}
    if not wanted:
        return {}
    found: dict[str, str] = {}
    tokens = {
        (entry.type, token): entry for entry in listed if entry.resource for token in index(entry.resource).tokens
    }
    for text in wanted:
        kind, query = conditional(text) or ("", "")
        if (token := _token(query)) and (entry := tokens.get((kind, token))):
            found[text] = f"{kind}/{entry.id}"
        elif len(match := await _match(tx, kind, query)) == 1:
            found[text] = f"{kind}/{match[0]}"
    return found


async def _match(tx: Transaction, kind: str, query: str) -> list[str]:
    token = _token(query)
    return await store.by_token(tx, kind, token) if token else []


def _token(query: str) -> str | None:
    """The index's token of a search by `identifier=system|value` (or by value alone)."""
    parameter, _, value = query.partition("=")
    if parameter != "identifier" or not value or "&" in value:
        return None
    system, bar, code = unquote(value).rpartition("|")
    return f"identifier|{system if bar and system else '*'}|{code}"


def _dangling(entry: Entry) -> list[Problem]:
    """References that could not be resolved: kept as they came, and reported."""
    return [
        Problem(
            Fault(N_("reference %(reference)s has no target; kept as it is"), {"reference": text}),
            entry.place,
            f"{entry.type}/{entry.id}",
        )
        for text in unresolved(entry.named)
    ]
