"""A search answered: the page, what it includes, its number, and the address of the page that follows."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from sportello.fhir.door import places, standing_in
from sportello.fhir.door.asking import Asked, Condition, Include, asked, followed
from sportello.fhir.door.outcomes import Issue, Refusal, outcome
from sportello.fhir.door.parameters import parameters
from sportello.fhir.door.rendering import bundle, entry, reached, shown
from sportello.fhir.door.visiting import Visit
from sportello.fhir.references import local_target
from sportello.fhir.store import finding
from sportello.fhir.store.finding import Found, Limits
from sportello.kit.database import Transaction

Pairs = Sequence[tuple[str, str]]
_MOST_INCLUDED = 1000


async def search(
    visit: Visit, tx: Transaction, kind: str, pairs: Pairs, *, patient: str | None = None, path: str = ""
) -> dict[str, Any]:
    """The searchset of a query; with `patient`, within that patient's compartment."""
    visit.needs(kind, "s")
    wanted = await standing_in.standing(tx, asked(kind, pairs, strict=visit.strict))
    patient = None if patient is None else await standing_in.of(tx, patient)
    for one in followed(wanted):
        visit.needs(one, "s")
    limits = Limits(visit.limits.hidden, patient, visit.limits.plugs)
    path = path or kind
    mark = places.fingerprint(path, pairs)
    word = dict(pairs).get("_cursor", "")
    after = places.read(mark, word, len(wanted.sort)) if word else []
    counts = wanted.summary == "count" or wanted.count == 0
    found = [] if counts else await finding.find(tx, wanted, limits, after=after)
    page = found[: wanted.count]
    total = None
    if not counts and not after and len(found) <= wanted.count:  # all there is stands on the page
        total = len(found) if wanted.total != "none" else None
    elif wanted.total != "none" or counts:
        total = await finding.count(tx, wanted, limits, exactly=counts or wanted.total == "accurate")
    included = await _included(visit, tx, wanted, page)
    await visit.looked(tx, "fhir.searched", [*page, *included], {"type": kind})
    more = {"_cursor": places.write(mark, [*page[-1].keys, page[-1].id])} if len(found) > wanted.count else {}
    entries = [entry(visit.base, one, shown(one, wanted), "match") for one in page]
    entries += [entry(visit.base, one, shown(one, Asked(one.kind)), "include") for one in included]
    if wanted.ignored:
        told = [Issue("not-supported", f"{one} was passed over", f"http.{one}", "warning") for one in wanted.ignored]
        entries.append({"resource": outcome(told), "search": {"mode": "outcome"}})
    kept = [pair for pair in pairs if pair[0] != "_cursor"]
    return bundle(
        "searchset", entries, total=total, self=_address(visit, path, pairs),
        next=_address(visit, path, [*kept, *more.items()]) if more else "",
    )  # fmt: skip


def _address(visit: Visit, path: str, pairs: Pairs) -> str:
    return f"{visit.base}/{path}" + (f"?{urlencode(pairs)}" if pairs else "")


async def _included(visit: Visit, tx: Transaction, wanted: Asked, page: Sequence[Found]) -> list[Found]:
    if not page:
        return []
    here = {f"{one.kind}/{one.id}" for one in page}
    found: dict[str, Found] = {}
    names: list[str] = []
    for one in wanted.includes:
        names += [name for name in _targets(one, page) if visit.rights.may(name.partition("/")[0], "r")]
    for each in await finding.several(tx, [name for name in names if name not in here][:_MOST_INCLUDED], visit.limits):
        found[f"{each.kind}/{each.id}"] = each
    for one in wanted.revincludes:
        if not visit.rights.may(one.kind, "s"):
            continue
        for parameter in [one.parameter] if one.parameter else _references(one.kind):
            condition = Condition(parameter, "", tuple(sorted(here)))
            listed = await finding.find(tx, Asked(one.kind, (condition,)), visit.limits, limit=_MOST_INCLUDED)
            found |= {name: each for each in listed if (name := f"{each.kind}/{each.id}") not in here}
    if len(found) > _MOST_INCLUDED:
        raise Refusal(
            400, Issue("too-costly", f"more than {_MOST_INCLUDED} resources would be included; ask for fewer at once")
        )
    return list(found.values())


def _references(kind: str) -> list[Any]:
    return [one for one in parameters(kind).values() if one.kind == "reference"]


def _targets(one: Include, page: Sequence[Found]) -> list[str]:
    names = []
    for parameter in [one.parameter] if one.parameter else _references(one.kind):
        allowed = {one.target} if one.target else set(parameter.targets)
        for found in page:
            for path in parameter.paths:
                for element in reached(found.body, path):
                    told = element.get("reference") if isinstance(element, dict) else element
                    name = local_target(told) if isinstance(told, str) else None
                    if name and (not allowed or name.partition("/")[0] in allowed):
                        names.append(name)
    return list(dict.fromkeys(names))
