"""What happened to a resource, to a type or to everything, newest first: versions as they were put, and deletions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from sportello.fhir.store.finding import Found, decoded
from sportello.kit.database import Transaction


class Place(Struct, frozen=True):
    """Where an event stands: `rank` puts a version's deletion after the version."""

    at: datetime
    kind: str
    id: str
    rank: int


class Span(Struct, frozen=True):
    """Which events: of these types (None: all), of one id, up to an instant; `during`: versions that stood then."""

    kinds: Sequence[str] | None
    id: str | None
    upto: datetime
    since: datetime | None = None
    during: tuple[datetime, datetime] | None = None


class Event(Struct, frozen=True):
    """A version that was put, or a deletion (`version` without its body); `last`: how what is gone stood at its end."""

    place: Place
    version: Found
    deleted: bool
    last: dict[str, Any] | None


_PARTS = (
    ("r.type, r.id, r.version, r.updated as at, 2 * r.version as rank, r.patient, r.body::text, true as stands",
     "fhir.resource r", "r.updated", "'infinity'::timestamptz",
     "not array_append(r.tokens, '_type|*|' || r.type) && HIDDEN"),
    ("r.type, r.id, r.version, r.updated as at, 2 * r.version, null, r.body::text, n.id is not null",
     "fhir.history r left join fhir.resource n on n.type = r.type and n.id = r.id", "r.updated", "r.replaced",
     "(n.id is null or not array_append(n.tokens, '_type|*|' || n.type) && HIDDEN)"),
    ("r.type, r.id, r.version, r.replaced as at, 2 * r.version + 1, null, r.body::text, n.id is not null",
     "fhir.history r left join fhir.resource n on n.type = r.type and n.id = r.id", "r.replaced", "r.replaced",
     "r.deleted and (n.id is null or not array_append(n.tokens, '_type|*|' || n.type) && HIDDEN)"),
)  # fmt: skip


async def page(tx: Transaction, span: Span, hidden: Sequence[str], *, after: Place | None, limit: int) -> list[Event]:
    """The next events behind a place. Of what is gone its last version says whether it may be shown (see `Event`)."""
    values: list[Any] = [span.upto, list(hidden), limit]

    def put(value: Any) -> str:
        values.append(value)
        return f"${len(values)}"

    wanted = []
    if span.kinds is not None:
        one = len(span.kinds) == 1
        wanted.append(f"r.type = {put(span.kinds[0])}" if one else f"r.type = any({put(list(span.kinds))}::text[])")
    if span.id is not None:
        wanted.append(f"r.id = {put(span.id)}")
    if span.since:
        wanted.append(f"BEGAN >= {put(span.since)}::timestamptz")
    if span.during:
        start, end = map(put, span.during)
        wanted.append(f"BEGAN < {end}::timestamptz and (ENDED > {start}::timestamptz or BEGAN >= {start}::timestamptz)")
    if after:
        at, kind, name, rank = put(after.at), put(after.kind), put(after.id), put(after.rank)
        wanted.append(
            f"BEGAN <= {at}::timestamptz and (BEGAN, r.type, r.id, RANK) < ({at}, {kind}, {name}, {rank}::int)"
        )
    parts = []
    for place, (columns, source, began, ended, holds) in enumerate(_PARTS):
        rank = "2 * r.version + 1" if place == 2 else "2 * r.version"
        told = " and ".join([f"{began} <= $1", holds.replace("HIDDEN", "$2::text[]"), *wanted])
        told = told.replace("BEGAN", began).replace("ENDED", ended).replace("RANK", rank)
        order = f"order by {began} desc, r.type desc, r.id desc, {rank} desc"
        parts.append(f"(select {columns} from {source} where {told} {order} limit $3)")  # noqa: S608 - columns and places of the table above
    rows = await tx.fetch(
        f"""select s.*, case when not stands then (
                select l.body::text from fhir.history l where l.type = s.type and l.id = s.id
                order by l.version desc limit 1) end as last
            from ({" union all ".join(parts)}) s order by at desc, type desc, id desc, rank desc limit $3""",  # noqa: S608
        *values,
    )
    return [_event(row) for row in rows]


def _event(row: Any) -> Event:
    found = Found(row["type"], row["id"], row["version"], row["at"], row["patient"], decoded(row["body"]))
    last = decoded(row["last"]) if row["last"] else None
    return Event(Place(row["at"], row["type"], row["id"], row["rank"]), found, row["rank"] % 2 == 1, last)
