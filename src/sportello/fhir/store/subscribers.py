"""Those who want to hear of changes, and the changes that wait for them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Database, Transaction


class Subscriber(Struct, frozen=True):
    """A system that wants to hear of a type's changes; `filter` is a search of that type, `heartbeat` seconds or 0."""

    id: str
    kind: str
    filter: str
    endpoint: str
    headers: list[str]
    content: str
    most: int
    heartbeat: int
    scopes: list[str]
    asked_by: str
    asked_name: str
    base: str
    status: str
    why: str = ""
    why_values: dict[str, str] = {}
    told_xid: int = 0
    told_seq: int = 0
    events: int = 0
    failures: int = 0
    sending: dict[str, Any] | None = None
    turn: UUID | None = None
    busy_until: datetime | None = None

    @property
    def trouble(self) -> str:
        """Why it was not reached, for machines."""
        return self.why % self.why_values if self.why_values else self.why


class Changed(Struct, frozen=True):
    """A resource's change; `tokens` of what was deleted."""

    xid: int
    seq: int
    kind: str
    id: str
    how: str
    tokens: list[str]


_ALL = ", ".join(Subscriber.__struct_fields__)
# Changes of transactions than which none older is under way: nothing can come before them any more.
_XMIN = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_LAST_SEQ = 9223372036854775807
HIDDEN = "********"
_VEIL = """update TABLE set body = jsonb_set(body, '{channel,header}', (
        select jsonb_agg(split_part(line, ':', 1) || ': ********')
        from jsonb_array_elements_text(body #> '{channel,header}') line))
    where type = 'Subscription' and case when jsonb_typeof(body #> '{channel,header}') = 'array'
        then exists (select from jsonb_array_elements_text(body #> '{channel,header}') line
            where line not like '%: ********') else false end"""


async def put(tx: Transaction, one: Subscriber) -> None:
    """A new subscriber, or a changed one, who is to be greeted again; who hears already goes on from there."""
    await tx.execute(
        f"""insert into fhir.subscriber as s (id, kind, filter, endpoint, headers, content, most, heartbeat, scopes,
            asked_by, asked_name, base, status, told_xid, told_seq)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'requested', {_XMIN} - 1, {_LAST_SEQ})
        on conflict (id) do update set kind = excluded.kind, filter = excluded.filter, endpoint = excluded.endpoint,
            headers = excluded.headers, content = excluded.content, most = excluded.most,
            heartbeat = excluded.heartbeat, scopes = excluded.scopes, asked_by = excluded.asked_by,
            asked_name = excluded.asked_name, base = excluded.base, status = 'requested', why = '',
            why_values = '{{}}', failures = 0, turn = null, busy_until = null,
            sending = case when s.kind = excluded.kind and s.status <> 'error' then s.sending end,
            told_xid = case when s.status = 'error' or s.kind <> excluded.kind then excluded.told_xid
                       else s.told_xid end,
            told_seq = case when s.status = 'error' or s.kind <> excluded.kind then excluded.told_seq
                       else s.told_seq end""",  # noqa: S608
        one.id, one.kind, one.filter, one.endpoint, one.headers, one.content, one.most, one.heartbeat, one.scopes,
        one.asked_by, one.asked_name, one.base,
    )  # fmt: skip


async def greet_again(tx: Transaction, subscription: str) -> bool:
    """One in error is to be greeted again, and hears from now on; False when it is not in error."""
    done = await tx.execute(
        f"""update fhir.subscriber set status = 'requested', why = '', why_values = '{{}}', failures = 0,
            sending = null, told_xid = {_XMIN} - 1, told_seq = {_LAST_SEQ} where id = $1 and status = 'error'""",  # noqa: S608
        subscription,
    )
    return done == "UPDATE 1"


async def remove(tx: Transaction, subscription: str) -> None:
    await tx.execute("delete from fhir.subscriber where id = $1", subscription)


async def read(tx: Transaction, subscription: str, *, lock: bool = False) -> Subscriber | None:
    """With `lock`, nobody else changes it until the transaction ends."""
    more = "for update" if lock else ""
    row = await tx.fetchrow(f"select {_ALL} from fhir.subscriber where id = $1 {more}", subscription)  # noqa: S608
    return Subscriber(**dict(row)) if row else None


async def every(db: Database) -> list[Subscriber]:
    """All of them, those in error first."""
    rows = await db.fetch(f"select {_ALL} from fhir.subscriber order by status <> 'error', lower(asked_name), id")  # noqa: S608
    return [Subscriber(**dict(row)) for row in rows]


async def headers(tx: Transaction) -> list[tuple[str, list[str]]]:
    """Those that have any, held until the transaction ends."""
    rows = await tx.fetch("select id, headers from fhir.subscriber where headers <> '{}' order by id for update")
    return [(row["id"], list(row["headers"])) for row in rows]


async def reseal(tx: Transaction, subscription: str, sealed: list[str]) -> None:
    await tx.execute("update fhir.subscriber set headers = $2 where id = $1", subscription, sealed)


async def veil(tx: Transaction) -> None:
    """Stars instead of the values of headers in Subscriptions kept before these were secrets; the version stays."""
    await tx.execute(_VEIL.replace("TABLE", "fhir.resource"))
    await tx.execute(  # the trigger has kept the same version a second time
        """delete from fhir.history h using fhir.resource r
        where h.type = 'Subscription' and r.type = h.type and r.id = h.id and r.version = h.version"""
    )
    await tx.execute(_VEIL.replace("TABLE", "fhir.history"))


async def noted(tx: Transaction) -> int | None:
    """The transaction's number when it changed something that somebody wants to hear of."""
    found: int | None = await tx.fetchval(
        """select xid from fhir.change where xid = pg_current_xact_id_if_assigned()::text::bigint
            and exists (select from fhir.subscriber s where s.kind = fhir.change.kind and s.status = 'active')
        limit 1"""
    )
    return found


async def behind(tx: Transaction) -> list[str]:
    """The active ones that have something to hear of; changes that nobody waits for are forgotten."""
    rows = await tx.fetch(
        """select s.id from fhir.subscriber s where s.status = 'active' and exists (
            select from fhir.change c where c.kind = s.kind and (c.xid, c.seq) > (s.told_xid, s.told_seq)
        ) order by s.id"""
    )
    await tx.execute(
        """delete from fhir.change c where c.seq in (
            select d.seq from fhir.change d where not exists (
                select from fhir.subscriber s
                where s.kind = d.kind and s.status <> 'error' and (d.xid, d.seq) > (s.told_xid, s.told_seq))
            order by d.seq limit 500 for update skip locked)"""
    )
    return [row["id"] for row in rows]


async def changes(tx: Transaction, one: Subscriber, limit: int) -> tuple[list[Changed], bool]:
    """The next changes of the subscriber's type, oldest first, and whether more wait (or are not settled yet)."""
    rows: list[Any] = await tx.fetch(
        f"""select c.xid, c.seq, c.kind, c.id, c.how, c.tokens from fhir.change c
        where c.kind = $1 and (c.xid, c.seq) > ($2, $3) and c.xid < {_XMIN} order by c.xid, c.seq limit $4""",  # noqa: S608
        one.kind, one.told_xid, one.told_seq, limit,
    )  # fmt: skip
    found = [Changed(**dict(row)) for row in rows]
    after = (found[-1].xid, found[-1].seq) if found else (one.told_xid, one.told_seq)
    more = await tx.fetchval(
        "select exists (select from fhir.change c where c.kind = $1 and (c.xid, c.seq) > ($2, $3))", one.kind, *after
    )
    return found, bool(more)


async def note(tx: Transaction, kind: str, resource: str, how: str) -> None:
    """A change of what another room keeps, if anybody wants to hear of it."""
    await tx.execute(
        """insert into fhir.change (kind, id, how)
        select $1, $2, $3 where exists (select from fhir.subscriber where kind = $1 and status <> 'error')""",
        kind, resource, how,
    )  # fmt: skip


async def pass_over(tx: Transaction, subscription: str, xid: int, seq: int) -> None:
    """Changes up to here are not this subscriber's."""
    await tx.execute("update fhir.subscriber set told_xid = $2, told_seq = $3 where id = $1", subscription, xid, seq)


async def begin(
    tx: Transaction, subscription: str, turn: UUID, until: datetime, sending: dict[str, Any] | None
) -> None:
    """Somebody is telling it something, until then at the latest."""
    await tx.execute(
        "update fhir.subscriber set turn = $2, busy_until = $3, sending = $4 where id = $1",
        subscription, turn, until, sending,
    )  # fmt: skip


async def taken(tx: Transaction, one: Subscriber) -> None:
    """It took what it was told: the events of `sending`, if any."""
    await tx.execute(
        """update fhir.subscriber set failures = 0, why = '', why_values = '{}', turn = null, busy_until = null,
            status = 'active'
        where id = $1""",
        one.id,
    )
    if one.sending:
        await tx.execute(
            """update fhir.subscriber set told_xid = $2, told_seq = $3, events = events + $4, sending = null
            where id = $1""",
            one.id, *one.sending["upto"], len(one.sending["events"]),
        )  # fmt: skip


async def failed(tx: Transaction, subscription: str, why: str, values: dict[str, str], *, over: bool) -> None:
    """It was not reached, for a reason in a sentence with its values; `over`: it is left alone from now on."""
    await tx.execute(
        """update fhir.subscriber set failures = failures + 1, why = $2, why_values = $4, turn = null,
            busy_until = null, status = case when $3 then 'error' else status end where id = $1""",
        subscription, why, over, values,
    )  # fmt: skip
