"""Those who want to hear of changes, and the changes that wait for them."""

from typing import Any

from msgspec import Struct

from sportello.kit.database import Database, Transaction


class Subscriber(Struct, frozen=True):
    """A system that wants to hear of a type's changes; `filter` is a search of that type."""

    id: str
    kind: str
    filter: str
    endpoint: str
    headers: list[str]
    content: str
    sensitive: bool
    base: str
    status: str
    told_xid: int = 0
    told_seq: int = 0
    events: int = 0
    failures: int = 0


class Changed(Struct, frozen=True):
    """A resource's change."""

    xid: int
    seq: int
    kind: str
    id: str
    how: str


_ALL = "id, kind, filter, endpoint, headers, content, sensitive, base, status, told_xid, told_seq, events, failures"
# Changes of transactions than which none older is under way: nothing can come before them any more.
_SETTLED = "c.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


async def put(tx: Transaction, one: Subscriber) -> None:
    """A new subscriber, or a changed one, who is to be greeted again."""
    await tx.execute(
        """insert into fhir.subscriber (id, kind, filter, endpoint, headers, content, sensitive, base, status)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (id) do update set kind = excluded.kind, filter = excluded.filter, endpoint = excluded.endpoint,
            headers = excluded.headers, content = excluded.content, sensitive = excluded.sensitive,
            base = excluded.base, status = excluded.status, failures = 0""",
        one.id, one.kind, one.filter, one.endpoint, one.headers, one.content, one.sensitive, one.base, one.status,
    )  # fmt: skip


async def activate(tx: Transaction, subscription: str) -> None:
    """From now on: what was committed before is not told."""
    await tx.execute(
        """update fhir.subscriber set status = 'active', failures = 0, told_seq = 9223372036854775807,
            told_xid = greatest(told_xid, pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1) where id = $1""",
        subscription,
    )


async def remove(tx: Transaction, subscription: str) -> None:
    await tx.execute("delete from fhir.subscriber where id = $1", subscription)


async def read(tx: Transaction | Database, subscription: str, *, lock: bool = False) -> Subscriber | None:
    """With `lock`, nobody else tells this subscriber anything until the transaction ends."""
    more = "for update" if lock else ""
    row = await tx.fetchrow(f"select {_ALL} from fhir.subscriber where id = $1 {more}", subscription)  # noqa: S608
    return Subscriber(**dict(row)) if row else None


async def behind(tx: Transaction) -> list[str]:
    """The active ones that have something to hear of; changes that nobody waits for are forgotten."""
    rows = await tx.fetch(
        """select s.id from fhir.subscriber s where s.status = 'active' and exists (
            select from fhir.change c where c.kind = s.kind and (c.xid, c.seq) > (s.told_xid, s.told_seq)
        ) order by s.id"""
    )
    await tx.execute(
        """delete from fhir.change c where not exists (
            select from fhir.subscriber s
            where s.kind = c.kind and s.status <> 'error' and (c.xid, c.seq) > (s.told_xid, s.told_seq))"""
    )
    return [row["id"] for row in rows]


async def changes(tx: Transaction, one: Subscriber, limit: int) -> tuple[list[Changed], bool]:
    """The next changes of the subscriber's type, oldest first, and whether more will come (or are not settled yet)."""
    rows: list[Any] = await tx.fetch(
        f"""select c.xid, c.seq, c.kind, c.id, c.how from fhir.change c
        where c.kind = $1 and (c.xid, c.seq) > ($2, $3) and {_SETTLED} order by c.xid, c.seq limit $4""",  # noqa: S608
        one.kind, one.told_xid, one.told_seq, limit,
    )  # fmt: skip
    found = [Changed(**dict(row)) for row in rows]
    after = (found[-1].xid, found[-1].seq) if found else (one.told_xid, one.told_seq)
    more = await tx.fetchval(
        "select exists (select from fhir.change c where c.kind = $1 and (c.xid, c.seq) > ($2, $3))", one.kind, *after
    )
    return found, bool(more)


async def note(tx: Transaction, kind: str, resource: str, how: str) -> bool:
    """A change of what another room keeps; whether anybody wants to hear of it."""
    done = await tx.execute(
        """insert into fhir.change (kind, id, how)
        select $1, $2, $3 where exists (select from fhir.subscriber where kind = $1)""",
        kind, resource, how,
    )  # fmt: skip
    return done == "INSERT 0 1"


async def told(tx: Transaction, subscription: str, last: Changed, events: int) -> None:
    await tx.execute(
        """update fhir.subscriber set told_xid = $2, told_seq = $3, events = events + $4, failures = 0
        where id = $1""",
        subscription, last.xid, last.seq, events,
    )  # fmt: skip


async def failed(tx: Transaction, subscription: str) -> int:
    """How often it failed in a row by now."""
    return int(
        await tx.fetchval(
            "update fhir.subscriber set failures = failures + 1 where id = $1 returning failures", subscription
        )
    )


async def set_status(tx: Transaction, subscription: str, status: str) -> None:
    await tx.execute("update fhir.subscriber set status = $2, failures = 0 where id = $1", subscription, status)


async def any_of(tx: Transaction) -> bool:
    """Whether there is anybody at all to tell."""
    return bool(await tx.fetchval("select exists (select from fhir.subscriber where status = 'active')"))
