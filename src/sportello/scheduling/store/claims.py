"""Who has whose time: holds, claims, and the slots' status that follows from them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scheduling.store.slots import Slot


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
    remote: str = ""  # the hold in the system that keeps the calendars, until when, and for whom
    remote_until: datetime | None = None
    remote_for: str = ""


_READ = (
    "select owner, slot, practitioner, starts, ends, taken_at, expires_at, last_at, coalesce(remote, '') as remote,"
    " remote_until, coalesce(remote_for, '') as remote_for from scheduling.hold"
)


async def lock_for(tx: Transaction, slots: Iterable[Slot]) -> None:
    """Orders all changes to the time of these slots' people and rooms, always in one order: nobody waits in a circle.

    Whoever has slots in the same rooms at that time is locked too, because the status of those follows as well.
    """
    touched = list(slots)
    rooms = {room for slot in touched for room in slot.resources}
    people = {slot.practitioner for slot in touched}
    if rooms:
        since, until = min(slot.kept_from for slot in touched), max(slot.kept_until for slot in touched)
        rows = await tx.fetch(
            "select distinct practitioner from scheduling.slot where resources <> '{}' and resources && $1::text[]"
            " and starts < $3::timestamptz + interval '4 hours' and ends > $2::timestamptz - interval '4 hours'",
            sorted(rooms),
            since,
            until,
        )
        people |= {row["practitioner"] for row in rows}
    await lock_people(tx, people, rooms)


async def lock_people(tx: Transaction, people: Collection[str], rooms: Collection[str] = ()) -> None:
    """The same for practitioners and rooms by name."""
    if people:
        await tx.fetch(
            "select id from scheduling.practitioner where id = any($1::text[]) order by id for no key update",
            sorted(people),
        )
    if rooms:
        await tx.fetch(
            "select id from scheduling.resource where id = any($1::text[]) order by id for no key update", sorted(rooms)
        )


async def lock_owner(tx: Transaction, owner: str) -> None:
    """One pick at a time for each owner, also when they hold nothing yet."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('scheduling.hold:' || $1, 0))", owner)


async def hold_of(tx: Transaction, owner: str) -> Hold | None:
    row = await tx.fetchrow(f"{_READ} where owner = $1", owner)
    return Hold(*row) if row else None


async def holds_like(tx: Transaction, beginning: str) -> list[Hold]:
    """Holds of all owners whose name begins so."""
    rows = await tx.fetch(f"{_READ} where starts_with(owner, $1) order by owner", beginning)
    return [Hold(*row) for row in rows]


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


async def keep_asked(tx: Transaction, owner: str, asked: dict[str, Any]) -> None:
    """What another system wants to book, so that it can do so by the hold's id alone."""
    await tx.execute("update scheduling.hold set asked = $2 where owner = $1", owner, asked)


async def asked_of(tx: Transaction, owner: str) -> tuple[str, dict[str, Any] | None]:
    """Who took a hold, and for what; an empty name when there is none."""
    row = await tx.fetchrow("select taken_by, asked from scheduling.hold where owner = $1", owner)
    return (row["taken_by"], row["asked"]) if row else ("", None)


async def renew_hold(tx: Transaction, owner: str, expires_at: datetime) -> None:
    await tx.execute("update scheduling.hold set expires_at = $2 where owner = $1", owner, expires_at)


async def drop_hold(tx: Transaction, owner: str) -> None:
    """Its claims go with it."""
    await tx.execute("delete from scheduling.hold where owner = $1", owner)


async def drop_expired(tx: Transaction, slot: Slot, now: datetime) -> list[int]:
    """Expired holds in the way of a slot; a constraint cannot know the time, so they are deleted. Their slots."""
    rows = await tx.fetch(
        """
        delete from scheduling.hold h using unnest($1::text[]) a (actor)
        join scheduling.claim c on c.actor = a.actor and c.during && tstzrange($2, $3)
        where (c.hold = h.owner or c.slot = h.slot) and h.expires_at <= $4 returning h.slot
        """,
        [*slot.actors, f"slot:{slot.id}"],
        slot.kept_from,
        slot.kept_until,
        now,
    )
    return [row["slot"] for row in rows]


async def take(
    tx: Transaction,
    actor: str,
    starts: datetime,
    ends: datetime,
    *,
    seat: int = 1,
    hold: str | None = None,
    appointment: UUID | None = None,
    slot: int | None = None,
) -> bool:
    """Claims somebody's time; False when the exclusion constraint says that it is taken."""
    taken: Any = await tx.fetchval(
        "insert into scheduling.claim (actor, seat, during, hold, appointment, slot)"
        " values ($1, $2, tstzrange($3, $4), $5, $6, $7)"
        " on conflict on constraint one_seat_one_claim do nothing returning id",
        actor,
        seat,
        starts,
        ends,
        hold,
        appointment,
        slot,
    )
    return taken is not None


async def visits_of(
    tx: Transaction, patient: str, since: datetime, until: datetime, but: UUID | None
) -> list[tuple[datetime, datetime]]:
    """When the patient is somewhere already, from `since` to `until`; without the visit that is to be moved."""
    rows = await tx.fetch(
        "select lower(during) as starts, upper(during) as ends from scheduling.claim where actor = $1"
        " and appointment is not null and appointment is distinct from $4 and during && tstzrange($2, $3)",
        f"patient:{patient}",
        since,
        until,
        but,
    )
    return [(row["starts"], row["ends"]) for row in rows]


async def seats_taken(tx: Transaction, actor: str, starts: datetime, ends: datetime) -> set[int]:
    """Which of an actor's seats are claimed in this span."""
    rows = await tx.fetch(
        "select seat from scheduling.claim where actor = $1 and during && tstzrange($2, $3)", actor, starts, ends
    )
    return {row["seat"] for row in rows}


async def has_session(tx: Transaction, slot: int) -> bool:
    """Whether a time with several seats has its people and rooms already."""
    return bool(await tx.fetchval("select exists (select from scheduling.claim where slot = $1)", slot))


async def stands(tx: Transaction, slot: int) -> bool:
    """Whether the slot can be booked at all: in its template still, and under no closure."""
    return bool(
        await tx.fetchval(
            f"""select s.status <> 'entered-in-error' and not s.orphan
                and not exists (select from scheduling.closure k where {CLOSES})
            from scheduling.slot s where s.id = $1""",  # noqa: S608
            slot,
        )
    )


async def concerned(
    tx: Transaction, people: Collection[str], rooms: Collection[str], starts: datetime, ends: datetime
) -> bool:
    """Whether anything stands against new slots of these being free: a claim, or a closure of whatever it be."""
    actors = [*(f"practitioner:{one}" for one in people), *(f"resource:{one}" for one in rooms)]
    return bool(
        await tx.fetchval(
            "select exists (select from scheduling.claim where actor = any ($1::text[])"
            " and during && tstzrange($2::timestamptz - interval '4 hours', $3::timestamptz + interval '4 hours'))"
            " or exists (select from scheduling.closure where lifted_at is null and during && tstzrange($2, $3))",
            actors,
            starts,
            ends,
        )
    )


async def drop_claims(tx: Transaction, appointment: UUID) -> None:
    await tx.execute("delete from scheduling.claim where appointment = $1", appointment)


# Whether closure k closes slot s.
CLOSES = """k.lifted_at is null and k.during && tstzrange(s.starts, s.ends)
    and (k.practitioner is null or k.practitioner = s.practitioner) and (k.location is null or k.location = s.location)
    and (k.schedule is null or k.schedule = s.schedule) and (k.resource is null or k.resource = any (s.resources))"""
# The slots of these people ($1) and rooms ($2) that a span ($3 to $4) concerns; none lasts longer than eight hours,
# nor keeps more than four around it.
_CONCERNED = """(s.practitioner = any ($1::text[]) or s.resources <> '{}' and s.resources && $2::text[])
    and s.starts < $4::timestamptz + interval '4 hours' and s.starts > $3::timestamptz - interval '12 hours'
    and s.starts - make_interval(mins => s.before) < $4 and s.ends + make_interval(mins => s.after) > $3"""


async def settle(
    tx: Transaction, people: Collection[str], rooms: Collection[str], starts: datetime, ends: datetime
) -> None:
    """Makes the status of these people's and rooms' slots in this span follow from claims and closures.

    A slot that overlaps a taken one is taken with it. Call it under `lock_for`.
    """
    await tx.execute(
        f"""delete from scheduling.claim c using scheduling.slot s where c.slot = s.id and {_CONCERNED}
        and not exists (select from scheduling.claim q where q.actor = 'slot:' || s.id)""",  # noqa: S608
        list(people), list(rooms), starts, ends,
    )  # fmt: skip
    await tx.execute(
        f"""
        update scheduling.slot s set status = t.status
        from (
            select s.id, case when o.sure then 'busy' when o.held then 'busy-tentative'
                              when s.seats > 1 and q.taken >= s.seats and q.held then 'busy-tentative'
                              when s.seats > 1 and q.taken >= s.seats then 'busy'
                              when s.orphan and q.taken = 0 then 'entered-in-error'
                              when k.closed or s.orphan then 'busy-unavailable' else 'free' end as status
            from scheduling.slot s
            cross join lateral (
                select coalesce(bool_or(c.hold is null), false) as sure,
                       coalesce(bool_or(c.hold is not null), false) as held
                from (select 'practitioner:' || s.practitioner as actor
                      union all select 'resource:' || r from unnest(s.resources) r) a
                join scheduling.claim c on c.actor = a.actor and c.slot is distinct from s.id
                     and c.during && tstzrange(s.starts - make_interval(mins => s.before),
                                               s.ends + make_interval(mins => s.after))
            ) o
            cross join lateral (
                select count(*) as taken, coalesce(bool_or(c.hold is not null), false) as held
                from scheduling.claim c where s.seats > 1 and c.actor = 'slot:' || s.id
            ) q
            cross join lateral (select exists (select from scheduling.closure k where {CLOSES}) as closed) k
            where {_CONCERNED} and s.status <> 'entered-in-error'
        ) t where t.id = s.id and t.status <> s.status
        """,  # noqa: S608
        list(people),
        list(rooms),
        starts,
        ends,
    )
