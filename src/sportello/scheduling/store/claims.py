"""Who has whose time: holds, claims, and the slots' status that follows from them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction


class Hold(Struct, frozen=True):
    """A slot kept for an owner until `expires_at`, renewable until `last_at`."""

    owner: str
    slot: int
    practitioner: str
    starts: datetime
    ends: datetime
    taken_at: datetime
    expires_at: datetime
    last_at: datetime


_READ = "select owner, slot, practitioner, starts, ends, taken_at, expires_at, last_at from scheduling.hold"


async def lock_practitioners(tx: Transaction, *practitioners: str) -> None:
    """Orders all changes to these people's time, always in one order, so that nobody waits in a circle."""
    await tx.fetch(
        "select id from scheduling.practitioner where id = any($1::text[]) order by id for no key update",
        sorted(set(practitioners)),
    )


async def lock_owner(tx: Transaction, owner: str) -> None:
    """One pick at a time for each owner, also when they hold nothing yet."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('scheduling.hold:' || $1, 0))", owner)


async def hold_of(tx: Transaction, owner: str) -> Hold | None:
    row = await tx.fetchrow(f"{_READ} where owner = $1", owner)
    return Hold(*row) if row else None


async def expired_holds(tx: Transaction, now: datetime) -> list[Hold]:
    rows = await tx.fetch(f"{_READ} where expires_at <= $1 order by practitioner", now)
    return [Hold(*row) for row in rows]


async def add_hold(tx: Transaction, hold: Hold, taken_by: str) -> None:
    await tx.execute(
        "insert into scheduling.hold (owner, slot, practitioner, starts, ends, taken_at, expires_at, last_at, taken_by)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        hold.owner, hold.slot, hold.practitioner, hold.starts, hold.ends, hold.taken_at, hold.expires_at, hold.last_at,
        taken_by,
    )  # fmt: skip


async def renew_hold(tx: Transaction, owner: str, expires_at: datetime) -> None:
    await tx.execute("update scheduling.hold set expires_at = $2 where owner = $1", owner, expires_at)


async def drop_hold(tx: Transaction, owner: str) -> None:
    """Its claims go with it."""
    await tx.execute("delete from scheduling.hold where owner = $1", owner)


async def drop_expired(tx: Transaction, practitioner: str, starts: datetime, ends: datetime, now: datetime) -> None:
    """Expired holds on this person's time in this span; a constraint cannot know the time, so they are deleted."""
    await tx.execute(
        "delete from scheduling.hold where practitioner = $1 and expires_at <= $4 and starts < $3 and ends > $2",
        practitioner,
        starts,
        ends,
        now,
    )


async def take(
    tx: Transaction,
    actor: str,
    starts: datetime,
    ends: datetime,
    *,
    hold: str | None = None,
    appointment: UUID | None = None,
) -> bool:
    """Claims somebody's time; False when the exclusion constraint says that it is taken."""
    taken: Any = await tx.fetchval(
        "insert into scheduling.claim (actor, during, hold, appointment) values ($1, tstzrange($2, $3), $4, $5)"
        " on conflict on constraint one_seat_one_claim do nothing returning id",
        actor,
        starts,
        ends,
        hold,
        appointment,
    )
    return taken is not None


async def drop_claims(tx: Transaction, appointment: UUID) -> None:
    await tx.execute("delete from scheduling.claim where appointment = $1", appointment)


async def settle(tx: Transaction, practitioner: str, starts: datetime, ends: datetime) -> None:
    """Makes the status of this person's slots in this span follow from the claims; closures stay closed.

    A slot that overlaps a taken one is taken with it. Call it under `lock_practitioners`.
    """
    await tx.execute(
        """
        update scheduling.slot s set status = t.status
        from (
            select s.id, case when bool_or(c.appointment is not null) then 'busy'
                              when count(c.id) > 0 then 'busy-tentative' else 'free' end as status
            from scheduling.slot s
            left join scheduling.claim c on c.actor = 'practitioner:' || $1 and c.during && tstzrange(s.starts, s.ends)
            where s.practitioner = $1 and s.starts < $3::timestamptz and s.ends > $2
                  and s.starts > $2::timestamptz - interval '8 hours'
                  and s.status in ('free', 'busy-tentative', 'busy')
            group by s.id
        ) t where t.id = s.id and t.status <> s.status
        """,
        practitioner,
        starts,
        ends,
    )
