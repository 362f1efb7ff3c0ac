"""Who works at the desk and who lets things pass: input, inactivity, offers missed in a row, full places."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.routing.rules import Presence
from sportello.routing.store.offers import Reader
from sportello.routing.store.presences import remember


class Kept(Struct, frozen=True):
    """A presence in the history."""

    at: datetime
    presence: Presence
    cause: str
    own: str
    by: UUID | None


async def history(reader: Reader, staff: UUID, since: datetime) -> list[Kept]:
    """Every change since an instant, in order."""
    rows = await reader.fetch(
        """select at, presence, cause, own, by from routing.presence_history
        where staff = $1 and at >= $2 order by at""",
        staff,
        since,
    )
    return [Kept(**dict(row) | {"presence": Presence(row["presence"])}) for row in rows]


async def felt(tx: Transaction, staff: Collection[UUID], now: datetime) -> list[UUID]:
    """Somebody typed or pointed at their desk; answers those to whom it gives their presence back."""
    rows = await tx.fetch(
        """with there as (
            select staff, rested from routing.presence where staff = any($1::uuid[])
            order by staff for no key update
        )
        update routing.presence p set input_at = $2,
            presence = case when t.rested <> '' then t.rested else p.presence end,
            cause = case when t.rested <> '' then 'input' else p.cause end,
            since = case when t.rested <> '' then $2 else p.since end,
            ready_at = case when t.rested <> '' then $2 else p.ready_at end,
            idle_since = case when t.rested <> '' then $2 else p.idle_since end,
            rested = ''
        from there t where t.staff = p.staff returning p.staff, t.rested""",
        list(staff),
        now,
    )
    back = [row["staff"] for row in rows if row["rested"]]
    if back:
        await remember(tx, back, Presence.AVAILABLE, "input", now)
    return back


async def rest(tx: Transaction, before: datetime, now: datetime) -> list[UUID]:
    """Whoever is Available and has touched nothing since an instant goes Away until they do.

    A row that is being changed right now is left to the next look.
    """
    rows = await tx.fetch(
        """with quiet as (
            select staff from routing.presence
            where presence = 'available' and lost_at is null and greatest(since, input_at) < $1
            order by staff for no key update skip locked
        )
        update routing.presence p set rested = p.presence, presence = 'away', cause = 'idle', since = $2
        from quiet q where q.staff = p.staff returning p.staff""",
        before,
        now,
    )
    resting = [row["staff"] for row in rows]
    if resting:
        await remember(tx, resting, Presence.AWAY, "idle", now)
    return resting


async def miss(tx: Transaction, staff: UUID) -> int:
    """One more offer in a row ran out; how many it are."""
    row = await tx.fetchrow("update routing.presence set misses = misses + 1 where staff = $1 returning misses", staff)
    return int(row["misses"]) if row else 0


async def answered(tx: Transaction, staff: UUID) -> None:
    """Yes or no: the row of missed offers is broken."""
    await tx.execute("update routing.presence set misses = 0 where staff = $1 and misses > 0", staff)


async def fill(tx: Transaction, staff: UUID, now: datetime, *, full: bool) -> bool:
    """Keeps whether every place is taken; True when that is new. In the history it is Busy, by work."""
    row = await tx.fetchrow(
        """update routing.presence set full_since = case when $2 then $3::timestamptz end
        where staff = $1 and (full_since is not null) <> $2 returning presence""",
        staff,
        full,
        now,
    )
    if row and row["presence"] == Presence.AVAILABLE:
        await remember(tx, [staff], Presence.BUSY if full else Presence.AVAILABLE, "work", now)
    return row is not None
