"""Histories: of one resource, of a type, of everything; page by page, newest first (http://hl7.org/fhir/R4/http.html#history)."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from msgspec.structs import replace

from sportello.fhir.door import places, values
from sportello.fhir.door.capability import KEPT, without_versions
from sportello.fhir.door.outcomes import Issue, Refusal, bad_parameter, not_found
from sportello.fhir.door.questions import Answer, Question, tag
from sportello.fhir.door.reading import versions_of
from sportello.fhir.door.rendering import bundle, stamp, whole
from sportello.fhir.door.visiting import Visit
from sportello.fhir.extraction import index
from sportello.fhir.store import exports, finding, histories
from sportello.fhir.store.finding import Found
from sportello.fhir.store.histories import Event, Place, Span
from sportello.kit.database import Transaction

_USUAL, _MOST = 50, 1000
_TRIES = 20  # pages read for one that is answered, where much may not be shown
_KNOWN = frozenset({"_since", "_at", "_count", "_cursor", "_format", "_pretty"})


async def history(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """A page of events. All pages are of one instant, told as `Bundle.meta.lastUpdated`: the next `_since`."""
    given = dict(asks.pairs)
    if visit.strict and (unknown := sorted(set(given) - _KNOWN)):
        raise Refusal(400, Issue("not-supported", f"{unknown[0]} is not known for a history", f"http.{unknown[0]}"))
    path, mark = "/".join(asks.steps), places.fingerprint("/".join(asks.steps), asks.pairs)
    size = _size(given.get("_count", ""))
    span, after = await _span(visit, tx, asks, given), None
    if word := given.get("_cursor"):
        span, after = _from(mark, word, span)
    events, more = await _shown(visit, tx, span, after, size)
    alone = len(asks.steps) == 3
    if alone and not events and not word:
        return await _of_one(visit, tx, asks, given)
    found = await finding.veiled(tx, [one.version for one in events], visit.limits)
    found = [one if one.patient else replace(one, patient=index(one.body).patient) for one in found]
    one_kind = span.kinds[0] if span.kinds and len(span.kinds) == 1 else "*"
    told: dict[str, object] = {"type": one_kind, "operation": "history"}
    await visit.looked(tx, "fhir.read", found, told)
    entries = [_entry(visit, one, shown) for one, shown in zip(events, found, strict=True)]
    following = ""
    if more:
        keys = [stamp_exactly(span.upto), stamp_exactly(more.at), more.kind, more.id, str(more.rank)]
        pairs = [*(pair for pair in asks.pairs if pair[0] != "_cursor"), ("_cursor", places.write(mark, keys))]
        following = f"{visit.base}/{path}?{urlencode(pairs)}"
    made = bundle(
        "history", entries, total=len(entries) if alone and not more and not word else None,
        self=f"{visit.base}/{path}" + (f"?{urlencode(asks.pairs)}" if asks.pairs else ""), next=following,
    )  # fmt: skip
    return Answer(200, made | {"meta": {"lastUpdated": stamp(span.upto)}})


async def _of_one(visit: Visit, tx: Transaction, asks: Question, given: dict[str, str]) -> Answer:
    """A resource of which nothing happened in the time asked for, or that has no versions, or is not known."""
    found = await versions_of(visit, tx, asks)
    if not found:
        raise not_found("/".join(asks.steps[:2]))
    stands = [] if given.keys() & {"_since", "_at"} else found
    await visit.looked(tx, "fhir.read", stands[:1], {"type": asks.kind, "operation": "history"})
    entries = [_put(visit, one) for one in stands]
    return Answer(200, bundle("history", entries, total=len(entries), self=f"{visit.base}/{'/'.join(asks.steps)}"))


async def _span(visit: Visit, tx: Transaction, asks: Question, given: dict[str, str]) -> Span:
    since = _instants("_since", given.get("_since", ""))
    during = _instants("_at", given.get("_at", ""))
    begins = since[0] if since else None
    if len(asks.steps) == 3:
        visit.needs(asks.kind, "r")
        return Span([asks.kind], asks.steps[1], visit.now, begins, during)
    if len(asks.steps) == 2:
        visit.needs(asks.kind, "s")
        if without_versions(visit.house, asks.kind):
            raise Refusal(405, Issue("not-supported", f"of {asks.kind} no versions are kept"))
        kinds = [asks.kind]
    else:
        kinds = [kind for kind in sorted(KEPT) if visit.rights.may(kind, "s")]
        if not kinds:
            raise Refusal(403, Issue("forbidden", "the token may search nothing"))
    # What is being written now would come to stand between pages that were told already.
    everything = None if len(kinds) == len(KEPT) else kinds
    return Span(everything, None, await exports.settled(tx, visit.now), begins, during)


def _from(mark: str, word: str, span: Span) -> tuple[Span, Place]:
    upto, at, kind, name, rank = places.read(mark, word, 4)
    try:
        place = Place(datetime.fromisoformat(at or ""), kind or "", name or "", int(rank or ""))
        instant = datetime.fromisoformat(upto or "")
    except ValueError:
        raise bad_parameter("_cursor", "this page belongs to another search; begin anew") from None
    if instant.tzinfo is None or place.at.tzinfo is None or not 0 < place.rank < 2**31:
        raise bad_parameter("_cursor", "this page belongs to another search; begin anew")
    return replace(span, upto=instant), place


async def _shown(
    visit: Visit, tx: Transaction, span: Span, after: Place | None, size: int
) -> tuple[list[Event], Place | None]:
    """The page's events, and the place to go on behind when there may be more."""
    found: list[Event] = []
    for _ in range(_TRIES):
        listed = await histories.page(tx, span, visit.hidden, after=after, limit=size + 1)
        for place, one in enumerate(listed):
            if len(found) == size:
                return found, listed[place - 1].place if place else after
            if not (visit.hides(one.version) or (one.last and visit.hides_body(one.version.kind, one.last))):
                found.append(one)
        if len(listed) <= size:
            return found, None
        after = listed[-1].place
    return found, after


def _entry(visit: Visit, event: Event, shown: Found) -> dict[str, Any]:
    if not event.deleted:
        return _put(visit, shown)
    name = f"{shown.kind}/{shown.id}"
    return {
        "fullUrl": f"{visit.base}/{name}",
        "request": {"method": "DELETE", "url": name},
        "response": {"status": "204", "lastModified": stamp(shown.updated)},
    }


def _put(visit: Visit, one: Found) -> dict[str, Any]:
    name = f"{one.kind}/{one.id}"
    first = one.version == 1
    return {
        "fullUrl": f"{visit.base}/{name}",
        "resource": whole(one),
        "request": {"method": "POST" if first else "PUT", "url": one.kind if first else name},
        "response": {
            "status": "201" if first else "200", "etag": tag(one.version), "lastModified": stamp(one.updated),
        },
    }  # fmt: skip


def stamp_exactly(at: datetime) -> str:
    """To the microsecond: what comes a moment later stands elsewhere."""
    return at.isoformat()


def _size(text: str) -> int:
    if text and not (text.isascii() and text.isdecimal() and len(text) < 9 and int(text)):
        raise bad_parameter("_count", "expected a number of versions, at least 1")
    return min(int(text), _MOST) if text else _USUAL


def _instants(name: str, text: str) -> tuple[datetime, datetime] | None:
    try:
        found = values.date(text) if text else None
    except (ValueError, OverflowError) as error:
        raise bad_parameter(name, str(error)) from error
    if found and found.prefix != "eq":
        raise bad_parameter(name, "a date or an instant without a prefix")
    return (found.start, found.end) if found else None
