"""Searching as the door is asked: a page in a stable order, its number of matches, what it refers to and who to it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from sportello.fhir.door.asking import Asked, Condition
from sportello.fhir.extraction import type_token
from sportello.fhir.plugging import Plugs
from sportello.fhir.store import veiling
from sportello.fhir.store.conditions import Writer, instant
from sportello.fhir.store.relations import of_patients, relation
from sportello.kit.database import Database, Transaction

# A decimal's digits tell its precision, which a float would lose (http://hl7.org/fhir/R4/json.html#decimal).
decoded = msgspec.json.Decoder(float_hook=Decimal).decode
COUNTED = 1_000  # matches beyond which only `_total=accurate` goes on counting


class Found(Struct, frozen=True):
    """A resource as it stands, with what its body does not say of itself."""

    kind: str
    id: str
    version: int
    updated: datetime
    patient: str | None
    body: dict[str, Any]
    keys: tuple[str | None, ...] = ()


class Limits(Struct, frozen=True):
    """What a search may never show: resources with one of these tokens, those of other patients."""

    hidden: Sequence[str] = ()
    patient: str | None = None
    plugs: Plugs = Plugs()


def _where(writer: Writer, asked: Asked, limits: Limits) -> str:
    parts = [f"r.type = {writer.put(asked.kind, 'text')}"]
    if limits.hidden:
        parts.append(f"not array_append(r.tokens, '_type|*|' || r.type) && {writer.put(list(limits.hidden), 'text[]')}")
    if limits.patient is not None:
        parts.append(f"r.patient = {writer.put(limits.patient, 'text')}")
    parts += [writer.condition(asked.kind, one) for one in asked.conditions]
    return " and ".join(parts)


async def find(
    tx: Transaction, asked: Asked, limits: Limits, *, after: Sequence[str | None] = (), limit: int | None = None
) -> list[Found]:
    """A page and one more, so that it is known whether another follows; `after`: sort keys and id of the last seen."""
    writer = Writer(limits.hidden, limits.plugs, splits=not asked.sort and asked.kind not in limits.plugs)
    where = _where(writer, asked, limits)
    keys = [(*writer.key(parameter, down, asked.kind), down) for parameter, down in asked.sort]
    # Narrowed, ids come in their order only by the list that narrows: by the row's own all would be read, then sorted.
    name = "c.id" if writer.narrow else "r.id"
    columns = "".join(f", {expression} as k{place}" for place, (expression, _, _) in enumerate(keys))
    order = "".join(f"k{place} {'desc' if down else 'asc'} nulls last, " for place, (_, _, down) in enumerate(keys))
    behind = _behind(writer, keys, after) if after else "true"
    rows = await tx.fetch(
        f"""select * from (select r.type, {name}, r.version, r.updated, r.patient, r.body::text{columns}
            from {_source(writer, asked, limits)} where {where}) s
        where {behind} order by {order}id limit {writer.put((asked.count if limit is None else limit) + 1, "int")}""",  # noqa: S608
        *writer.values,
    )
    found = [_found(row, *(row[f"k{place}"] for place in range(len(keys)))) for row in rows]
    return await veiled(tx, found, limits)


def _source(writer: Writer, asked: Asked, limits: Limits) -> str:
    """The rows to look at; narrowed by an index they come in the order of ids, and are read as far as a page needs."""
    if not writer.narrow:
        return f"{relation(limits.plugs, asked.kind)} r"
    kind = writer.put(asked.kind, "text")
    return f"""(select r.id from fhir.resource r where r.type = {kind} and {" and ".join(writer.narrow)}
            order by r.id offset 0) c
        cross join lateral (select * from fhir.resource k where k.type = {kind} and k.id = c.id offset 0) r"""  # noqa: S608


async def veiled(reader: Database | Transaction, found: list[Found], limits: Limits) -> list[Found]:
    """The resources without the words by which they would tell of others that may not be shown."""
    bodies = await veiling.veiled(reader, [one.body for one in found], limits.hidden, limits.plugs)
    return [one if body is one.body else replace(one, body=body) for one, body in zip(found, bodies, strict=True)]


def _found(row: Any, *keys: Any) -> Found:
    return Found(
        row["type"], row["id"], row["version"], row["updated"], row["patient"], decoded(row["body"]),
        tuple(map(instant, keys)),
    )  # fmt: skip


def _behind(writer: Writer, keys: list[tuple[str, str, bool]], after: Sequence[str | None]) -> str:
    """That a row stands behind a place in the order, key by key; nothing stands behind everything."""
    told = f"id > {writer.put(after[-1], 'text')}"
    for place in reversed(range(len(keys))):
        _, cast, down = keys[place]
        value = after[place]
        if value is None:
            told = f"(k{place} is null and {told})"
            continue
        here = writer.put(value, f"text::{cast}")
        told = f"(k{place} {'<' if down else '>'} {here} or k{place} is null or (k{place} = {here} and {told}))"
    return told


async def count(tx: Transaction, asked: Asked, limits: Limits, *, exactly: bool) -> int | None:
    """How many match; None when there are more than are counted unless asked for exactly."""
    if exactly and limits.hidden and asked.kind not in limits.plugs:
        return await _counted(tx, asked, limits)
    writer = Writer(limits.hidden, limits.plugs)
    where = _where(writer, asked, limits)
    most = "" if exactly else f" limit {COUNTED + 1}"
    number = int(
        await tx.fetchval(
            f"select count(*) from (select 1 from {relation(limits.plugs, asked.kind)} r where {where}{most}) m",  # noqa: S608
            *writer.values,
        )
    )
    return number if exactly or number <= COUNTED else None


async def _counted(tx: Transaction, asked: Asked, limits: Limits) -> int:
    """Everything without what of it is hidden: an index can count the many, another finds the few."""
    if type_token(asked.kind) in limits.hidden:
        return 0
    writer = Writer(limits.hidden, limits.plugs)
    where = _where(writer, asked, replace(limits, hidden=()))
    hidden = writer.put(list(limits.hidden), "text[]")
    return int(
        await tx.fetchval(
            f"""select (select count(*) from fhir.resource r where {where})
            - (select count(*) from fhir.resource r where {where} and r.tokens && {hidden})""",  # noqa: S608
            *writer.values,
        )
    )


async def read(tx: Transaction, kind: str, logical_id: str, limits: Limits) -> Found | None:
    """One resource as it stands."""
    found = await several(tx, [f"{kind}/{logical_id}"], limits)
    return found[0] if found else None


async def several(tx: Transaction, references: Sequence[str], limits: Limits) -> list[Found]:
    """Resources by `Type/id`, without those that are not here or may not be shown."""
    pairs = [reference.partition("/") for reference in dict.fromkeys(references)]
    found: dict[str, Found] = {}
    # What no room has plugged in is found by one statement. A view is asked type by type with plain conditions: joined
    # with a list it would be made whole, every row of it.
    for kind in {kind if kind in limits.plugs else "" for kind, _, _ in pairs}:
        here = [one for one in pairs if one[0] == kind or (not kind and one[0] not in limits.plugs)]
        source = f"""unnest($1::text[], $2::text[]) as wanted(type, id)
            join {relation(limits.plugs, kind)} r on r.type = wanted.type and r.id = wanted.id where true"""
        if kind:
            source = f"{relation(limits.plugs, kind)} r where r.type = ($1::text[])[1] and r.id = any ($2::text[])"
        rows = await tx.fetch(
            f"""select r.type, r.id, r.version, r.updated, r.patient, r.body::text from {source}
              and not array_append(r.tokens, '_type|*|' || r.type) && $3::text[]
              and ($4::text is null or r.patient = $4)""",  # noqa: S608
            [type_ for type_, _, _ in here],
            [name for _, _, name in here],
            list(limits.hidden),
            limits.patient,
        )
        found |= {f"{row['type']}/{row['id']}": _found(row) for row in rows}
    return await veiled(tx, [found[name] for name in dict.fromkeys(references) if name in found], limits)


async def versions(tx: Transaction, kind: str, logical_id: str) -> list[tuple[Found, bool]]:
    """Every version, newest first, each with whether it was followed by a deletion."""
    rows = await tx.fetch(
        """
        select version, updated, patient, false as deleted, body::text from fhir.resource where type = $1 and id = $2
        union all
        select version, updated, null, deleted, body::text from fhir.history where type = $1 and id = $2
        order by version desc
        """,
        kind,
        logical_id,
    )
    return [
        (Found(kind, logical_id, row["version"], row["updated"], row["patient"], decoded(row["body"])), row["deleted"])
        for row in rows
    ]


async def compartment(
    tx: Transaction,
    patient: str,
    kinds: Sequence[str] | None,
    limits: Limits,
    *,
    after: str,
    since: datetime | None,
    limit: int,
) -> list[Found]:
    """A patient's resources by type and id behind `Type/id`, one more than asked for."""
    kind, _, name = after.partition("/")
    rows = await tx.fetch(
        f"""select type, id, version, updated, patient, body::text from {of_patients(limits.plugs)} r
        where patient = $1 and ($2::text[] is null or type = any($2))
          and not array_append(tokens, '_type|*|' || type) && $3::text[]
          and (type, id) > ($4, $5) and ($6::timestamptz is null or updated >= $6)
        order by type, id limit $7""",  # noqa: S608
        patient, None if kinds is None else list(kinds), list(limits.hidden), kind, name, since, limit + 1,
    )  # fmt: skip
    return await veiled(tx, [_found(row) for row in rows], limits)


async def matches(tx: Transaction, kind: str, conditions: tuple[Condition, ...], limits: Limits) -> list[Found]:
    """At most two that meet the conditions: enough to know none, one or several."""
    return await find(tx, Asked(kind, conditions), limits, limit=1)
