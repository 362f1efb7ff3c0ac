"""Who is there and takes work, since when and why; every change is kept."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.routing.rules import Presence
from sportello.routing.store.offers import Reader


class Standing(Struct, frozen=True):
    """An agent's presence as it stands; `cause` tells who or what set it."""

    staff: UUID
    presence: Presence
    cause: str
    since: datetime
    before: Presence | None
    lost_at: datetime | None
    ready_at: datetime
    idle_since: datetime
    given_at: datetime | None = None
    own: str = ""
    misses: int = 0
    full_since: datetime | None = None


_STANDING = """select p.staff, p.presence, p.cause, p.since, p.before, p.lost_at, p.ready_at, p.idle_since,
    p.given_at, p.own, p.misses, p.full_since from routing.presence p"""


def _standing(row: Any) -> Standing:
    values = dict(row)
    values["presence"] = Presence(values["presence"])
    values["before"] = Presence(values["before"]) if values["before"] else None
    return Standing(**values)


async def standing(reader: Reader, staff: UUID) -> Standing | None:
    row = await reader.fetchrow(f"{_STANDING} where p.staff = $1", staff)
    return _standing(row) if row else None


async def standings(reader: Reader) -> list[Standing]:
    """Everybody who ever had a presence."""
    return [_standing(row) for row in await reader.fetch(f"{_STANDING} order by p.staff")]


async def present(reader: Reader) -> list[Standing]:
    """Everybody who is not Offline."""
    return [_standing(row) for row in await reader.fetch(f"{_STANDING} where p.presence <> 'offline'")]


async def hold(tx: Transaction, staff: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Agents' presences (base and own) as they stand, which stay so until the transaction ends."""
    rows = await tx.fetch(
        """select staff, presence, own from routing.presence where staff = any($1::uuid[]) order by staff
        for no key update""",
        list(staff),
    )
    return {row["staff"]: (row["presence"], row["own"]) for row in rows}


async def given(tx: Transaction, staff: Collection[UUID], now: datetime) -> None:
    """They were asked for something."""
    await tx.execute("update routing.presence set given_at = $2 where staff = any($1::uuid[])", list(staff), now)


async def put(
    tx: Transaction,
    staff: UUID,
    presence: Presence,
    cause: str,
    now: datetime,
    *,
    own: str = "",
    by: UUID | None = None,
) -> bool:
    """Sets a presence (`own`: as which one of the house's own) and keeps it in the history; False when it was this
    one already.

    Chosen by a person it is also a sign of life. Becoming Available makes the agent ready, and idle from now.
    """
    person = cause in ("self", "arrival")
    row = await tx.fetchrow(
        """insert into routing.presence as p (staff, presence, cause, since, ready_at, idle_since, own)
        values ($1, $2, $3, $4, $4, $4, $6)
        on conflict (staff) do update set presence = $2, cause = $3, before = null, own = $6, misses = 0, rested = '',
            since = case when p.presence = $2 and p.own = $6 then p.since else $4 end,
            input_at = case when $5 then $4 else p.input_at end,
            lost_at = case when $5 then null else p.lost_at end,
            ready_at = case when $2 = 'available' then $4 else p.ready_at end,
            idle_since = case when $2 = 'available' and p.presence <> $2 then $4 else p.idle_since end
        returning since = $4 as changed""",
        staff, presence.value, cause, now, person, own,
    )  # fmt: skip
    changed = bool(row["changed"])
    if changed:
        await remember(tx, [staff], presence, cause, now, own=own, by=by)
    return changed


async def remember(
    tx: Transaction,
    staff: Collection[UUID],
    presence: Presence,
    cause: str,
    now: datetime,
    *,
    own: str = "",
    by: UUID | None = None,
) -> None:
    """Adds to the history of presences: what, why, and who if it was not oneself."""
    await tx.execute(
        """insert into routing.presence_history (staff, at, presence, cause, own, by)
        select s, $2, $3, $4, $5, $6 from unnest($1::uuid[]) s""",
        list(staff), now, presence.value, cause, own, by,
    )  # fmt: skip


async def unknown(reader: Reader, staff: Collection[UUID]) -> list[UUID]:
    """Those of `staff` who never had a presence."""
    rows = await reader.fetch(
        "select s from unnest($1::uuid[]) s where not exists (select from routing.presence p where p.staff = s)",
        list(staff),
    )
    return [row["s"] for row in rows]


async def returned(tx: Transaction, now: datetime) -> list[tuple[UUID, Presence]]:
    """Whoever was without a line and has one again; those from whom it took their presence get it back, told here.

    A row that is being changed right now is left to the next look.
    """
    rows = await tx.fetch(
        """with there as (
            select staff, before from routing.presence p
            where (lost_at is not null or before is not null)
              and exists (select from routing.line l where l.staff = p.staff)
            order by staff for no key update skip locked
        )
        update routing.presence p set lost_at = null, presence = coalesce(t.before, p.presence), before = null,
            cause = case when t.before is null then p.cause else 'line' end,
            since = case when t.before is null then p.since else $1 end,
            ready_at = case when t.before = 'available' then $1 else p.ready_at end,
            idle_since = case when t.before = 'available' then $1 else p.idle_since end
        from there t where t.staff = p.staff returning p.staff, p.presence, t.before is not null as given_back""",
        now,
    )
    back = [(row["staff"], Presence(row["presence"])) for row in rows if row["given_back"]]
    for one, presence in back:
        await remember(tx, [one], presence, "line", now)
    return back


async def missing(tx: Transaction, now: datetime) -> list[UUID]:
    """Whoever is present and has just been found without a line."""
    rows = await tx.fetch(
        """with gone as (
            select staff from routing.presence p where presence <> 'offline' and lost_at is null
              and not exists (select from routing.line l where l.staff = p.staff)
            order by staff for no key update skip locked
        )
        update routing.presence p set lost_at = $1 from gone g where g.staff = p.staff returning p.staff""",
        now,
    )
    return [row["staff"] for row in rows]


async def lose(tx: Transaction, lost_before: datetime, now: datetime) -> list[UUID]:
    """Whoever has been without a line since an instant goes Offline until one returns."""
    rows = await tx.fetch(
        """with gone as (
            select staff from routing.presence where presence <> 'offline' and lost_at < $1
            order by staff for no key update skip locked
        )
        update routing.presence p set before = p.presence, presence = 'offline', cause = 'line', since = $2
        from gone g where g.staff = p.staff returning p.staff""",
        lost_before,
        now,
    )
    lost = [row["staff"] for row in rows]
    if lost:
        await remember(tx, lost, Presence.OFFLINE, "line", now)
    return lost


async def silent(reader: Reader, lost_before: datetime) -> list[UUID]:
    """Agents to whom something is offered and who have been without a line since an instant."""
    rows = await reader.fetch(
        """select distinct p.staff from routing.presence p join routing.offer o on o.agent = p.staff
        where o.outcome is null and p.lost_at < $1""",
        lost_before,
    )
    return [row["staff"] for row in rows]


async def freed(tx: Transaction, staff: UUID, now: datetime) -> None:
    """A place became free: the agent is ready again, and idle from now."""
    await tx.execute("update routing.presence set ready_at = $2, idle_since = $2 where staff = $1", staff, now)


async def served(tx: Transaction, staff: UUID, now: datetime) -> None:
    """The agent got or refused something: others are asked first next time."""
    await tx.execute("update routing.presence set idle_since = $2 where staff = $1", staff, now)


async def history(reader: Reader, staff: UUID, since: datetime) -> list[tuple[datetime, Presence, str]]:
    """Every change since an instant: when, to what, why."""
    rows = await reader.fetch(
        "select at, presence, cause from routing.presence_history where staff = $1 and at >= $2 order by at",
        staff,
        since,
    )
    return [(row["at"], Presence(row["presence"]), row["cause"]) for row in rows]
