"""Every statement on copies of another system's times, and on what is asked of it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scheduling.booking_port import Booked, Offer
from sportello.scheduling.store.slots import Wanted

_NOBODYS = """not exists (select from scheduling.appointment a where a.slot = s.id and a.status in
        ('pending', 'booked', 'arrived', 'checked-in'))
    and not exists (select from scheduling.hold h where h.slot = s.id)"""


class Where(Struct, frozen=True):
    """A calendar that times can be copied into."""

    id: str
    practitioner: str
    location: str


class Answer(Struct, frozen=True):
    """When some times were asked for last, and told last; why they were not, when they were not."""

    asked_at: datetime
    answered_at: datetime | None
    trouble: str


class Order(Struct, frozen=True):
    """What is asked: `body` is the offer and whose, `told` the visit as the other system made it; `together` is the
    change of a series that it is a part of.
    """

    id: UUID
    what: str
    key: str
    state: str
    patient: str
    appointment: UUID | None
    body: dict[str, Any]
    told: Booked | None
    at: datetime
    theirs: bool = False  # changed there by hand
    together: UUID | None = None


async def since(tx: Transaction) -> datetime | None:
    """Since when another system keeps the calendars; None when it does not."""
    found: datetime | None = await tx.fetchval("select since from scheduling.kept_elsewhere")
    return found


async def turn(tx: Transaction, at: datetime, *, on: bool) -> None:
    await tx.execute("delete from scheduling.elsewhere_answer")
    if on:
        await tx.execute("insert into scheduling.kept_elsewhere (since) values ($1) on conflict do nothing", at)
    else:
        await tx.execute("delete from scheduling.kept_elsewhere")


async def calendars(tx: Transaction, wanted: Wanted) -> list[Where]:
    """Where what is wanted may be offered, by their ids."""
    rows = await tx.fetch(
        "select id, practitioner, location from scheduling.schedule where active and services @> array[$1]"
        " and ($2 = '' or specialty = $2) and ($3 = '' or practitioner = $3) and ($4 = '' or location = $4)"
        " order by id",
        wanted.service, wanted.specialty, wanted.practitioner, wanted.location,
    )  # fmt: skip
    return [Where(*row) for row in rows]


async def answer(tx: Transaction, about: str) -> Answer | None:
    row = await tx.fetchrow(
        "select asked_at, answered_at, trouble from scheduling.elsewhere_answer where about = $1", about
    )
    return Answer(*row) if row else None


async def answered(tx: Transaction, about: str, at: datetime, trouble: str) -> None:
    await tx.execute(
        "insert into scheduling.elsewhere_answer (about, asked_at, answered_at, trouble)"
        " values ($1, $2::timestamptz, case when $3 = '' then $2::timestamptz end, $3)"
        " on conflict (about) do update set asked_at = excluded.asked_at, trouble = excluded.trouble,"
        " answered_at = coalesce(excluded.answered_at, elsewhere_answer.answered_at)",
        about, at, trouble,
    )  # fmt: skip


async def ask_again(tx: Transaction, service: str) -> None:
    """What was told of this type is no longer so: somebody has just taken one of these times."""
    await tx.execute("delete from scheduling.elsewhere_answer where starts_with(about, $1)", f"{service}|")


async def taken_there(tx: Transaction, offer: Offer) -> None:
    """The same, and the time that was refused is not shown meanwhile, though somebody here may still hold its copy."""
    await ask_again(tx, offer.service)
    await tx.execute(
        "update scheduling.slot s set remote_services = array_remove(remote_services, $2) where s.remote = $1"
        " and s.schedule = any (array(select id from scheduling.schedule where practitioner = $3)) and s.starts = $4"
        " and not exists (select from scheduling.appointment a where a.slot = s.id and a.status in"
        " ('pending', 'booked', 'arrived', 'checked-in'))",
        offer.id,
        offer.service,
        offer.practitioner,
        offer.starts,
    )


async def forget_answers(tx: Transaction, before: datetime) -> None:
    """Questions of long ago, and orders that came to an end."""
    await tx.execute("delete from scheduling.elsewhere_answer where asked_at < $1", before)
    await tx.execute(
        "delete from scheduling.elsewhere_order where at < $1 and state in ('kept', 'refused', 'undone')",
        before,
    )


async def put_copies(tx: Transaction, service: str, offers: Sequence[tuple[str, Offer]]) -> None:
    """Times as they were told, each into its calendar; those that somebody has here stay as they are."""
    await tx.execute(
        f"""
        insert into scheduling.slot as s
            (schedule, practitioner, location, starts, ends, remote, remote_version, remote_services)
        select c.id, c.practitioner, c.location, t.starts, t.ends, t.remote, t.version, array[$6::text]
        from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::text[])
             as t (schedule, starts, ends, remote, version)
        join scheduling.schedule c on c.id = t.schedule
        on conflict (schedule, starts) do update set
            ends = excluded.ends, remote = excluded.remote, remote_version = excluded.remote_version,
            remote_services = case when s.remote = excluded.remote
                then array(select distinct unnest(s.remote_services || excluded.remote_services) order by 1)
                else excluded.remote_services end,
            before = 0, after = 0, seats = 1, resources = '{{}}', orphan = false,
            status = case when s.status in ('entered-in-error', 'busy', 'busy-tentative') then 'free' else s.status end
        where {_NOBODYS}
        """,  # noqa: S608
        [calendar for calendar, _ in offers], [one.starts for _, one in offers], [one.ends for _, one in offers],
        [one.id for _, one in offers], [one.version for _, one in offers], service,
    )  # fmt: skip


async def not_offered(
    tx: Transaction, service: str, calendars: Collection[str], since: datetime, until: datetime, still: Collection[str]
) -> list[int]:
    """Takes a type away from copies that were not told any more; those that are offered for nothing now."""
    rows = await tx.fetch(
        f"""
        update scheduling.slot s set remote_services = array_remove(remote_services, $1)
        where s.schedule = any ($2::text[]) and s.remote is not null and s.starts >= $3 and s.starts < $4
              and $1 = any (s.remote_services) and not s.remote = any ($5::text[]) and {_NOBODYS}
        returning s.id, s.remote_services
        """,  # noqa: S608
        service, list(calendars), since, until, list(still),
    )  # fmt: skip
    return [row["id"] for row in rows if not row["remote_services"]]


async def forget_copies(tx: Transaction, schedule: str) -> None:
    """The calendar is kept here again: its free copies are times like others."""
    await tx.execute(
        f"update scheduling.slot s set remote = null, remote_version = '', remote_services = '{{}}'"  # noqa: S608
        f" where s.schedule = $1 and s.remote is not null and {_NOBODYS}",
        schedule,
    )


async def version_of(tx: Transaction, slot: int) -> str:
    return str(await tx.fetchval("select remote_version from scheduling.slot where id = $1", slot) or "")


async def keep_hold(tx: Transaction, owner: str, there: str, until: datetime | None, patient: str) -> None:
    await tx.execute(
        "update scheduling.hold set remote = $2, remote_until = $3, remote_for = $4 where owner = $1",
        owner, there, until, patient,
    )  # fmt: skip


async def used_up(tx: Transaction, there: str) -> None:
    """The time is held there no more, since a booking had it; here it is still held."""
    await tx.execute(
        "update scheduling.hold set remote = null, remote_until = null where remote = $1 and $1 <> ''", there
    )


async def set_visit(tx: Transaction, appointment: UUID, there: str) -> None:
    await tx.execute("update scheduling.appointment set remote = $2 where id = $1", appointment, there or None)


_ORDER = "select id, what, key, state, patient, appointment, body, told, at, theirs, together"
_ORDER += " from scheduling.elsewhere_order"


async def begin(tx: Transaction, one: Order) -> bool:
    """Writes an order down; False when the same is asked for already."""
    made: Any = await tx.fetchval(
        "insert into scheduling.elsewhere_order (id, what, key, patient, appointment, body, at, theirs, together)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " on conflict (key) where state in ('sending', 'lost', 'made', 'undoing') do nothing returning id",
        one.id, one.what, one.key, one.patient, one.appointment, one.body, one.at,
        one.theirs, one.together,
    )  # fmt: skip
    return made is not None


async def drop_order(tx: Transaction, known: UUID) -> None:
    """It was never sent."""
    await tx.execute("delete from scheduling.elsewhere_order where id = $1", known)


async def open_order(tx: Transaction, key: str) -> Order | None:
    row = await tx.fetchrow(f"{_ORDER} where key = $1 and state in ('sending', 'lost', 'made', 'undoing')", key)
    return msgspec.convert(dict(row), Order) if row else None


async def kept_since(tx: Transaction, key: str, since: datetime) -> Order | None:
    """The same, asked for and kept since then: by another click."""
    row = await tx.fetchrow(f"{_ORDER} where key = $1 and state = 'kept' and at >= $2 limit 1", key, since)
    return msgspec.convert(dict(row), Order) if row else None


async def order(tx: Transaction, known: UUID) -> Order | None:
    row = await tx.fetchrow(f"{_ORDER} where id = $1", known)
    return msgspec.convert(dict(row), Order) if row else None


async def orders(tx: Transaction, limit: int) -> list[Order]:
    """The newest."""
    return [msgspec.convert(dict(row), Order) for row in await tx.fetch(f"{_ORDER} order by at desc limit $1", limit)]


async def set_order(
    tx: Transaction, known: UUID, state: str, expected: Sequence[str], told: Booked | None = None,
    at: datetime | None = None,
) -> bool:  # fmt: skip
    """Another state, if it is in one of those that are expected; `at` when it came to its end."""
    done: Any = await tx.fetchval(
        "update scheduling.elsewhere_order set state = $2, told = coalesce($4, told), at = coalesce($5, at),"
        " touched_at = now()"
        " where id = $1 and state = any ($3::text[]) returning id",
        known, state, list(expected), msgspec.to_builtins(told) if told else None, at,
    )  # fmt: skip
    return done is not None


async def take_over(tx: Transaction, known: UUID) -> bool:
    """An order that somebody has been undoing for minutes, and has died over; True when it is ours now."""
    done: Any = await tx.fetchval(
        "update scheduling.elsewhere_order set touched_at = now() where id = $1 and state = 'undoing'"
        " and touched_at < now() - interval '3 minutes' returning id",
        known,
    )
    return done is not None


async def waits(tx: Transaction, one: Order) -> bool:
    """Whether a move of the same series that was sent before is not settled: it makes room for this one."""
    return bool(
        await tx.fetchval(
            "select exists (select from scheduling.elsewhere_order where together = $1 and what = 'move' and at < $2"
            " and state in ('sending', 'lost', 'made', 'undoing'))",
            one.together,
            one.at,
        )
    )


async def overtaken(tx: Transaction, one: Order) -> bool:
    """Whether another change of the same visit was kept since."""
    return bool(
        await tx.fetchval(
            "select exists (select from scheduling.elsewhere_order where appointment = $1 and id <> $2 and at >= $3"
            " and state = 'kept')",
            one.appointment,
            one.id,
            one.at,
        )
    )


async def left_open(tx: Transaction, before: datetime) -> list[UUID]:
    """Orders since long ago that have not come to an end."""
    rows = await tx.fetch(
        "select id from scheduling.elsewhere_order where at < $1 and state in ('sending', 'lost', 'made', 'undoing')"
        " order by at limit 500",
        before,
    )
    return [row["id"] for row in rows]
