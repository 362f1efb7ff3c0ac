"""The state of the store at an instant, read in pages: what stands since, and what was replaced or deleted after it."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.fhir.extraction import index, type_token
from sportello.fhir.plugging import Plugs
from sportello.fhir.store.finding import Found, Limits, decoded, veiled
from sportello.fhir.store.relations import versionless
from sportello.kit.database import Database, Transaction

PAGE = 500


class Export(Struct, frozen=True):
    """What was asked for; `counts` is None until it was counted."""

    id: UUID
    asked_by: str
    request: str
    at: datetime
    since: datetime | None
    types: list[str]
    of_patients: bool
    patients: list[str] | None
    hidden: list[str]
    asked_at: datetime
    expires_at: datetime
    counts: dict[str, int] | None = None


async def insert(tx: Transaction, one: Export) -> None:
    await tx.execute(
        """insert into fhir.export
        (id, asked_by, request, at, since, types, of_patients, patients, hidden, asked_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
        one.id, one.asked_by, one.request, one.at, one.since, one.types, one.of_patients, one.patients, one.hidden,
        one.asked_at, one.expires_at,
    )  # fmt: skip


async def read(db: Database | Transaction, export: UUID, now: datetime) -> Export | None:
    """One that was neither taken back nor expired."""
    row = await db.fetchrow("select * from fhir.export where id = $1 and expires_at > $2", export, now)
    return Export(**dict(row)) if row else None


async def remove(tx: Transaction, export: UUID) -> bool:
    return await tx.execute("delete from fhir.export where id = $1", export) == "DELETE 1"


async def forget(tx: Transaction, now: datetime) -> None:
    await tx.execute("delete from fhir.export where expires_at <= $1", now)


async def counted(tx: Transaction, export: UUID, counts: dict[str, int]) -> None:
    await tx.execute("update fhir.export set counts = $2 where id = $1", export, counts)


async def settled(tx: Transaction, now: datetime) -> datetime:
    """The latest instant before which nothing more can be committed: where the oldest writer under way began."""
    oldest: datetime | None = await tx.fetchval(
        """select min(xact_start) - interval '1 microsecond' from pg_stat_activity
        where datname = current_database() and backend_xid is not null and pid <> pg_backend_pid()"""
    )
    return min(now, oldest) if oldest else now


async def there(tx: Transaction, one: Export, plugs: Plugs) -> list[str]:
    """Those of the types of which there is or was anything."""
    rows = await tx.fetch(
        """select t from unnest($1::text[]) t
        where exists (select from fhir.resource where type = t) or exists (select from fhir.history where type = t)
           or t = any($2::text[])
        order by t""",
        one.types,
        list(plugs),
    )
    return [row["t"] for row in rows]


async def page(db: Database | Transaction, one: Export, kind: str, after: str, plugs: Plugs) -> tuple[list[Found], str]:
    """The next resources of a type as they stood, and the id to go on behind; an empty id when there are no more.

    What rooms have plugged in has no versions, and is told as it stands when it is fetched.
    """
    beside = versionless(plugs, kind, "id > $2 and ($4::timestamptz is null or updated > $4)")
    rows = await db.fetch(
        f"""select * from (
            select id, version, updated, patient,
                   array_append(tokens, '_type|*|' || type) && $5::text[] as hidden, body::text
            from fhir.resource
            where type = $1 and id > $2 and updated <= $3 and ($4::timestamptz is null or updated > $4)
            union all
            select id, version, updated, null, null, body::text
            from fhir.history h where type = $1 and id > $2 and updated <= $3 and replaced > $3
              and ($4::timestamptz is null or updated > $4)
              and not exists (select from fhir.resource n where n.type = h.type and n.id = h.id
                              and array_append(n.tokens, '_type|*|' || n.type) && $5::text[])
            {beside}
        ) s order by id limit $6""",  # noqa: S608
        kind, after, one.at, one.since, one.hidden, PAGE,
    )  # fmt: skip
    found = [shown for row in rows if (shown := _shown(one, kind, row))]
    found = await veiled(db, found, Limits(one.hidden, plugs=plugs))
    return found, rows[-1]["id"] if len(rows) == PAGE else ""


def _shown(one: Export, kind: str, row: Any) -> Found | None:
    """The resource unless it is hidden, or belongs to nobody asked for. Of old versions the index is made anew."""
    body, patient, hidden = decoded(row["body"]), row["patient"], row["hidden"]
    if hidden is None:
        made = index(body)
        patient, hidden = made.patient, bool({*made.tokens, type_token(kind)} & set(one.hidden))
    if hidden or (one.of_patients and patient is None):
        return None
    if one.patients is not None and patient not in one.patients:
        return None
    return Found(kind, row["id"], row["version"], row["updated"], patient, body)


async def every(db: Database, one: Export, kind: str, plugs: Plugs) -> AsyncIterator[Sequence[Found]]:
    """All resources of a type, page by page, none of them held longer than a page."""
    after = "\x01"
    while after:
        found, after = await page(db, one, kind, "" if after == "\x01" else after, plugs)
        yield found
