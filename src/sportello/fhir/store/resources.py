"""Keeping resources: put, get, delete, history. The trigger of the migration keeps what is replaced."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
from msgspec import Struct

from sportello.fhir.extraction import index
from sportello.kit.database import Transaction

_encode = msgspec.json.Encoder(decimal_format="number").encode
_BATCH = 1000
HERE = "fhir.resource"  # another room's table has the same columns
_ERASED = "P0410"  # of the trigger that guards what was erased


class Erased(Exception):
    """A patient's data were erased: nothing comes back under this `Type/id`."""


class Version(Struct, frozen=True):
    """Where a resource stands after a put; `change` is created, updated or unchanged."""

    type: str
    id: str
    version: int
    change: str


# Lists of lists cannot be unnested, so tokens and references travel joined by the unit separator.
_KEPT = """
with incoming as (
    select * from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
        $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::text[]
    ) as i(type, id, facet, patient, encounter, status, at, at_end, tokens, refs, text, body)
),
kept as (
    insert into fhir.resource as r (type, id, version, updated, facet, patient, encounter, status, at, at_end,
                                    tokens, refs, text, body)
    select type, id,
           coalesce((select max(h.version) from fhir.history h where h.type = i.type and h.id = i.id), 0) + 1,
           coalesce($13, now()), facet, patient, encounter, status, at, at_end,
           string_to_array(tokens, chr(31)), string_to_array(refs, chr(31)), text, body::jsonb
    from incoming i
    on conflict (type, id) do update set
        version = r.version + 1, updated = excluded.updated, facet = excluded.facet, patient = excluded.patient,
        encounter = excluded.encounter, status = excluded.status, at = excluded.at, at_end = excluded.at_end,
        tokens = excluded.tokens, refs = excluded.refs, text = excluded.text, body = excluded.body
    where r.body <> excluded.body
      and ($14 or not exists (select from fhir.history h
                              where h.type = r.type and h.id = r.id and h.body = excluded.body))
    returning type, id, version, xmax = 0 as made
)
"""
_PUT = f"""{_KEPT}
select i.type, i.id, coalesce(k.version, r.version) as version,
       case when k.version is null then 'unchanged' when r.id is null then 'created' else 'updated' end as change
from incoming i
left join kept k using (type, id)
left join fhir.resource r on r.type = i.type and r.id = i.id
"""  # noqa: S608 - the part above
_TAKEN = f"""{_KEPT}
select count(*) filter (where made) as created, count(*) filter (where not made) as updated from kept
"""  # noqa: S608 - the part above


async def put(tx: Transaction, resource: dict[str, Any], *, now: datetime | None = None) -> Version:
    """Keeps a resource that has its `id`; the same body again makes no new version."""
    return (await put_many(tx, [resource], now=now))[0]


async def put_many(
    tx: Transaction,
    resources: Sequence[dict[str, Any]],
    named: Sequence[Sequence[str] | None] | None = None,
    *,
    now: datetime | None = None,
    revert: bool = True,
) -> list[Version]:
    """Keeps resources of distinct type and id, in the order of the key so that two writers cannot deadlock.

    `named` are the references in each, from whoever has gathered them already.

    `revert` false leaves a resource alone when the body was already received before, even if it has been
    replaced since: taking in the same old file twice then changes nothing.
    """
    pairs = zip(resources, named or [None] * len(resources), strict=True)
    ordered = sorted(pairs, key=lambda pair: (pair[0]["resourceType"], pair[0]["id"]))
    versions: list[Version] = []
    for start in range(0, len(ordered), _BATCH):
        bodies, pointing = zip(*ordered[start : start + _BATCH], strict=True)
        rows = await _written(tx, _PUT, columns(bodies, pointing), now, revert)
        versions += [Version(row["type"], row["id"], row["version"], row["change"]) for row in rows]
    return versions


async def take_in(
    tx: Transaction, made: Sequence[Sequence[Any]], *, now: datetime | None = None, revert: bool = True
) -> dict[str, int]:
    """The same for resources whose columns were made elsewhere, in the order of the key; how many of each change."""
    (row,) = await _written(tx, _TAKEN, made, now, revert)
    created, updated = row["created"], row["updated"]
    return {"created": created, "updated": updated, "unchanged": len(made[0]) - created - updated}


async def _written(
    tx: Transaction, sql: str, made: Sequence[Sequence[Any]], now: datetime | None, revert: bool
) -> list[Any]:
    try:
        return list(await tx.fetch(sql, *made, now, revert))
    except asyncpg.PostgresError as error:
        if error.sqlstate == _ERASED:
            raise Erased(str(error).removeprefix("erased: ")) from error
        raise


def columns(
    resources: Sequence[dict[str, Any]],
    named: Sequence[Sequence[str] | None] | None = None,
    texts: Sequence[str | None] | None = None,
) -> list[list[Any]]:
    """What the statement takes, a list a column; with the references in each resource, and its JSON as it came, from
    whoever knows them.
    """
    nothing = [None] * len(resources)
    rows = []
    for resource, references, text in zip(resources, named or nothing, texts or nothing, strict=True):
        i = index(resource, references)
        rows.append(
            (
                resource["resourceType"], resource["id"], i.facet, i.patient, i.encounter, i.status, i.at, i.at_end,
                "\x1f".join(i.tokens), "\x1f".join(i.refs), i.text,
                text or _encode(resource).decode(),
            )
        )  # fmt: skip
    return [list(column) for column in zip(*rows, strict=True)]


async def get(tx: Transaction, kind: str, logical_id: str, relation: str = HERE) -> dict[str, Any] | None:
    """The resource as it stands, or None."""
    body: dict[str, Any] | None = await tx.fetchval(
        f"select body from {relation} where type = $1 and id = $2",  # noqa: S608 - a table's name
        kind,
        logical_id,
    )
    return body


async def get_many(tx: Transaction, references: Iterable[str], relation: str = HERE) -> dict[str, dict[str, Any]]:
    """Resources by `Type/id`; those that are not here are left out."""
    pairs = [reference.split("/", 1) for reference in dict.fromkeys(references)]
    if not pairs:
        return {}
    rows = await tx.fetch(
        f"""
        select r.type || '/' || r.id as reference, r.body
        from unnest($1::text[], $2::text[]) as wanted(type, id) join {relation} r using (type, id)
        """,  # noqa: S608 - a table's name
        [kind for kind, _ in pairs],
        [logical_id for _, logical_id in pairs],
    )
    return {row["reference"]: row["body"] for row in rows}


async def every(tx: Transaction, kind: str, *, limit: int, relation: str = HERE) -> list[dict[str, Any]]:
    """All resources of a type, as many as asked for."""
    rows = await tx.fetch(
        f"select body from {relation} where type = $1 order by id limit $2",  # noqa: S608 - a table's name
        kind,
        limit,
    )
    return [row["body"] for row in rows]


async def delete(tx: Transaction, kind: str, logical_id: str) -> bool:
    """Takes the resource out of every search; its versions stay in the history."""
    return await tx.execute("delete from fhir.resource where type = $1 and id = $2", kind, logical_id) == "DELETE 1"


async def history(tx: Transaction, kind: str, logical_id: str) -> list[dict[str, Any]]:
    """Versions, newest first: version, updated, deleted (the version was followed by a deletion), body."""
    rows = await tx.fetch(
        """
        select version, updated, false as deleted, body from fhir.resource where type = $1 and id = $2
        union all
        select version, updated, deleted, body from fhir.history where type = $1 and id = $2
        order by version desc
        """,
        kind,
        logical_id,
    )
    return [dict(row) for row in rows]


async def hold(tx: Transaction, kind: str, logical_id: str) -> int | None:
    """The version of a resource, which stays so until the transaction ends; None when there is none."""
    version: int | None = await tx.fetchval(
        "select version from fhir.resource where type = $1 and id = $2 for update", kind, logical_id
    )
    return version


async def hold_many(tx: Transaction, names: Sequence[Sequence[str]]) -> None:
    """Locks those of the resources (type, id) that there are, in the order of the key."""
    await tx.execute(
        """select from fhir.resource r join unnest($1::text[], $2::text[]) w(type, id) using (type, id)
        order by type collate "C", id collate "C" for update of r""",
        [kind for kind, _ in names],
        [name for _, name in names],
    )


async def was_there(tx: Transaction, kind: str, logical_id: str) -> bool:
    """Whether a resource that is not here once was."""
    return bool(
        await tx.fetchval(
            """select exists (select from fhir.history where type = $1 and id = $2)
            or exists (select from fhir.erased where type = $1 and id = $2)""",
            kind,
            logical_id,
        )
    )


async def take_turn(tx: Transaction, word: str) -> None:
    """Of writers with the same condition one goes on, the others wait for the end of its transaction."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 5641))", word)
