"""Every statement on jobs: promise, take, finish, put off, put aside."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.kit.streams.store import Reader


class Taken(Struct, frozen=True):
    """A job in a worker's hand; `token` proves that it still is."""

    id: UUID
    name: str
    payload: dict[str, Any]
    starts: int
    token: UUID


async def put(tx: Any, job_id: UUID, name: str, payload: Any, run_at: datetime, dedupe_key: str | None) -> None:
    """Of two waiting jobs with one key the later words count."""
    await tx.execute(
        "insert into kit.job (id, name, payload, run_at, dedupe_key) values ($1, $2, $3, $4, $5)"
        " on conflict (dedupe_key) where state = 'waiting' do update"
        " set name = excluded.name, payload = excluded.payload, run_at = excluded.run_at, starts = 0,"
        " last_error = null",
        job_id,
        name,
        payload,
        run_at,
        dedupe_key,
    )


async def put_all(tx: Any, name: str, promises: Sequence[tuple[UUID, Any, datetime, str]]) -> None:
    """Many of one name, with keys that no job waits under."""
    ids, payloads, times, keys = zip(*promises, strict=True)
    await tx.execute(
        "insert into kit.job (id, name, payload, run_at, dedupe_key)"
        " select i, $2, p::jsonb, t, k from"
        " unnest($1::uuid[], $3::text[], $4::timestamptz[], $5::text[]) as r (i, p, t, k)"
        " on conflict (dedupe_key) where state = 'waiting' do nothing",
        ids,
        name,
        [msgspec.json.encode(one).decode() for one in payloads],
        times,
        keys,
    )


async def cancel(tx: Any, dedupe_key: str) -> list[UUID]:
    """Also a job under way: it then cannot finish, and what it did is rolled back."""
    rows = await tx.fetch("delete from kit.job where dedupe_key = $1 and state <> 'dead' returning id", dedupe_key)
    return [row["id"] for row in rows]


async def take(db: Any, names: Iterable[str], now: datetime, token: UUID, lease: float, limit: int) -> list[Taken]:
    """Takes due jobs, and those whose worker has gone silent; the start is counted at once."""
    rows = await db.fetch(
        """
        with due as (
            select id from kit.job where state = 'waiting' and run_at <= $2 and name = any($1::text[])
            order by run_at limit $5 for update skip locked
        ), silent as (
            select id from kit.job where state = 'taken' and lease_until < clock_timestamp()
            and name = any($1::text[]) order by lease_until limit $5 for update skip locked
        )
        update kit.job j set state = 'taken', starts = j.starts + 1, taken_by = $3,
               lease_until = clock_timestamp() + make_interval(secs => $4)
        from (select id from silent union all select id from due limit $5) d where j.id = d.id
        returning j.id, j.name, j.payload, j.starts
        """,
        list(names),
        now,
        token,
        lease,
        limit,
    )
    return [Taken(row["id"], row["name"], row["payload"], row["starts"], token) for row in rows]


async def finish(tx: Any, job: Taken) -> bool:
    """False when the job was cancelled or given to another worker meanwhile."""
    done: str = await tx.execute("delete from kit.job where id = $1 and taken_by = $2", job.id, job.token)
    return not done.endswith(" 0")


async def extend(db: Any, jobs: Sequence[Taken], lease: float) -> None:
    await db.execute(
        "update kit.job j set lease_until = clock_timestamp() + make_interval(secs => $3)"
        " from unnest($1::uuid[], $2::uuid[]) as h (id, token) where j.id = h.id and j.taken_by = h.token",
        [job.id for job in jobs],
        [job.token for job in jobs],
        lease,
    )


async def put_off(tx: Any, job: Taken, run_at: datetime, error: str, *, started: bool = True) -> None:
    """Back to waiting; when the same key was promised anew meanwhile, that promise stands instead."""
    await tx.execute(
        "delete from kit.job j where id = $1 and taken_by = $2 and exists"
        " (select from kit.job k where k.dedupe_key = j.dedupe_key and k.state = 'waiting')",
        job.id,
        job.token,
    )
    await tx.execute(
        "update kit.job set state = 'waiting', taken_by = null, lease_until = null, run_at = $3, last_error = $4,"
        " starts = starts - $5 where id = $1 and taken_by = $2",
        job.id,
        job.token,
        run_at,
        error,
        0 if started else 1,
    )


async def put_aside(db: Any, job: Taken, error: str, now: datetime) -> None:
    await db.execute(
        "update kit.job set state = 'dead', taken_by = null, lease_until = null, last_error = $3, died_at = $4"
        " where id = $1 and taken_by = $2",
        job.id,
        job.token,
        error,
        now,
    )


async def dead(reader: Reader, limit: int) -> list[Any]:
    return list(
        await reader.fetch(
            "select id, name, starts, last_error, created_at, died_at from kit.job where state = 'dead'"
            " order by died_at desc limit $1",
            limit,
        )
    )


async def revive(tx: Any, job_id: UUID, now: datetime) -> bool:
    done: str = await tx.execute(
        "update kit.job j set state = 'waiting', starts = 0, run_at = $2, died_at = null where id = $1"
        " and state = 'dead' and not exists"
        " (select from kit.job k where k.dedupe_key = j.dedupe_key and k.state = 'waiting')",
        job_id,
        now,
    )
    return not done.endswith(" 0")
