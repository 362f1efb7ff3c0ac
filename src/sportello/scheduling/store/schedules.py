"""Weekly templates, the days unlike them, and the slots that are cut from them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scheduling.calendar import Hours, Role, SpecialDay, WeeklyTemplate
from sportello.scheduling.generating import Span


class Placed(Struct, frozen=True):
    """A template with whose and where it is, and the zone and holidays of that place."""

    template: WeeklyTemplate
    practitioner: str
    location: str
    zone: str
    holidays: str
    active: bool = True


class Cut(Struct, frozen=True):
    """A slot as it was cut; `taken` when somebody has or holds it."""

    id: int
    starts: datetime
    ends: datetime
    before: int
    after: int
    seats: int
    resources: tuple[str, ...]
    taken: bool
    orphan: bool


_READ = """
    select s.id, s.role, s.minutes, s.hours, s.services, s.valid_from, s.valid_until, s.practitioner, s.location,
           s.name, s.buffer_before, s.buffer_after, s.seats, s.resources, s.cycle, s.weeks_ahead,
           s.active and p.active and l.active as active, l.zone, l.holidays, p.resource as alone
    from scheduling.schedule s join scheduling.location l on l.id = s.location
    join scheduling.practitioner p on p.id = s.practitioner
"""


async def put(tx: Transaction, templates: Iterable[tuple[WeeklyTemplate, Role]], *, active: bool = True) -> None:
    """Adds templates, or changes those of the same ids; their slots are cut by `replan`."""
    await tx.executemany(
        "insert into scheduling.schedule (id, role, practitioner, specialty, location, services, minutes, hours,"
        " valid_from, valid_until, buffer_before, buffer_after, seats, resources, cycle, weeks_ahead, name, active)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
        " on conflict (id) do update set role = excluded.role, services = excluded.services,"
        " minutes = excluded.minutes, hours = excluded.hours, valid_from = excluded.valid_from,"
        " valid_until = excluded.valid_until, buffer_before = excluded.buffer_before,"
        " buffer_after = excluded.buffer_after, seats = excluded.seats, resources = excluded.resources,"
        " cycle = excluded.cycle, weeks_ahead = excluded.weeks_ahead, name = excluded.name, active = excluded.active",
        [
            (
                one.id, role.id, role.practitioner, role.specialty, role.location, list(one.services), one.minutes,
                msgspec.to_builtins(one.hours), one.valid_from, one.valid_until, one.before, one.after, one.seats,
                list(one.resources), one.cycle, one.weeks_ahead, one.name, active,
            )
            for one, role in templates
        ],
    )  # fmt: skip


async def change(tx: Transaction, one: WeeklyTemplate) -> None:
    """Another week, other bounds, another name; whose it is, where, and what it offers stay."""
    await tx.execute(
        "update scheduling.schedule set minutes = $2, hours = $3, valid_from = $4, valid_until = $5,"
        " buffer_before = $6, buffer_after = $7, seats = $8, cycle = $9, weeks_ahead = $10, name = $11,"
        " services = $12, resources = $13 where id = $1",
        one.id, one.minutes, msgspec.to_builtins(one.hours), one.valid_from, one.valid_until, one.before, one.after,
        one.seats, one.cycle, one.weeks_ahead, one.name, list(one.services), list(one.resources),
    )  # fmt: skip


async def minutes_of(tx: Transaction, services: Collection[str]) -> dict[str, int]:
    """How long these services take: a calendar's times must last as long."""
    rows = await tx.fetch("select id, minutes from scheduling.service where id = any ($1::text[])", list(services))
    return {row["id"]: row["minutes"] for row in rows}


async def choices(tx: Transaction, schedule: str, language: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What a calendar may offer, which is what its role does, and the rooms and devices of its place."""
    services = await tx.fetch(
        "select v.id, coalesce(nullif(v.name ->> $2, ''), v.name ->> 'it', v.name ->> 'en') as name"
        " from scheduling.schedule s join scheduling.practitioner_role r on r.id = s.role"
        " join scheduling.service v on v.id = any (r.services) and v.active where s.id = $1 order by 2",
        schedule,
        language,
    )
    resources = await tx.fetch(
        "select r.id, r.name from scheduling.schedule s join scheduling.resource r on r.location = s.location"
        " and (r.active or r.id = any (s.resources)) where s.id = $1 order by 2",
        schedule,
    )
    return [(row["id"], row["name"]) for row in services], [(row["id"], row["name"]) for row in resources]


async def placed(tx: Transaction, schedule: str) -> Placed | None:
    row = await tx.fetchrow(f"{_READ} where s.id = $1", schedule)
    return _placed(row) if row else None


async def all_placed(tx: Transaction, practitioners: Collection[str] | None = None) -> list[Placed]:
    """Templates in use, of everybody or of these practitioners."""
    rows = await tx.fetch(
        f"{_READ} where s.active and p.active and l.active and ($1::text[] is null or s.practitioner = any ($1))"
        " order by s.practitioner, s.id",
        list(practitioners) if practitioners is not None else None,
    )
    return [_placed(row) for row in rows]


async def in_use(tx: Transaction) -> list[str]:
    """Their ids, also of those whose practitioner has left: their slots have to go."""
    return [row["id"] for row in await tx.fetch("select id from scheduling.schedule order by id")]


async def special_days(tx: Transaction, schedule: str) -> dict[date, SpecialDay]:
    rows = await tx.fetch(
        "select on_date, hours, note from scheduling.exception where schedule = $1 order by on_date", schedule
    )
    return {row["on_date"]: msgspec.convert({**row, "on": row["on_date"]}, SpecialDay) for row in rows}


async def put_special_day(tx: Transaction, schedule: str, day: SpecialDay) -> None:
    await tx.execute(
        "insert into scheduling.exception (schedule, on_date, hours, note) values ($1, $2, $3, $4)"
        " on conflict (schedule, on_date) do update set hours = excluded.hours, note = excluded.note",
        schedule,
        day.on,
        msgspec.to_builtins(day.hours),
        day.note,
    )


async def drop_special_day(tx: Transaction, schedule: str, on: date) -> None:
    await tx.execute("delete from scheduling.exception where schedule = $1 and on_date = $2", schedule, on)


async def cut(
    tx: Transaction, schedule: str, since: datetime, until: datetime, *, copies: bool = True
) -> dict[datetime, Cut]:
    """What was cut of a schedule from `since` on and before `until`, by start; `copies` of another system's too."""
    rows = await tx.fetch(
        """
        select s.id, s.starts, s.ends, s.before, s.after, s.seats, s.resources,
               s.orphan and s.status = 'entered-in-error' as orphan,
               exists (select from scheduling.appointment a where a.slot = s.id and a.status in
                       ('pending', 'booked', 'arrived', 'checked-in'))
               or exists (select from scheduling.hold h where h.slot = s.id) as taken
        from scheduling.slot s where s.schedule = $1 and s.starts >= $2 and s.starts < $3 and ($4 or s.remote is null)
        """,
        schedule,
        since,
        until,
        copies,
    )
    return {row["starts"]: msgspec.convert({**row}, Cut) for row in rows}


async def put_slots(tx: Transaction, one: Placed, spans: Sequence[Span]) -> int:
    """Adds slots, brings back those that were withdrawn, and cuts those anew that nobody has; how many."""
    template = one.template
    added: Any = await tx.fetchval(
        """
        with added as (
            insert into scheduling.slot as s
                (schedule, practitioner, location, starts, ends, before, after, seats, resources)
            select $1, $2, $3, t.starts, t.ends, $6, $7, $8, $9
            from unnest($4::timestamptz[], $5::timestamptz[]) as t (starts, ends)
            on conflict (schedule, starts) do update set ends = excluded.ends, before = excluded.before,
                after = excluded.after, seats = excluded.seats, resources = excluded.resources, orphan = false,
                status = 'free'
            where (s.orphan and s.status = 'entered-in-error'
                   or (s.ends, s.before, s.after, s.seats, s.resources) is distinct from
                      (excluded.ends, excluded.before, excluded.after, excluded.seats, excluded.resources))
                  and not exists (select from scheduling.appointment a where a.slot = s.id and a.status in
                                  ('pending', 'booked', 'arrived', 'checked-in'))
                  and not exists (select from scheduling.hold h where h.slot = s.id)
            returning 1
        ) select count(*) from added
        """,
        template.id, one.practitioner, one.location, [starts for starts, _ in spans], [ends for _, ends in spans],
        template.before, template.after, template.seats, list(template.resources),
    )  # fmt: skip
    return int(added)


async def withdraw(tx: Transaction, slots: Collection[int]) -> None:
    """Takes slots out of the calendar that nobody has; those that an old appointment names stay known."""
    await tx.execute(
        "delete from scheduling.slot s where s.id = any ($1::bigint[])"
        " and not exists (select from scheduling.appointment a where a.slot = s.id)",
        list(slots),
    )
    await tx.execute(
        "update scheduling.slot set orphan = true, status = 'entered-in-error' where id = any ($1::bigint[])",
        list(slots),
    )


async def set_orphan(tx: Transaction, slots: Collection[int], orphan: bool) -> None:
    """Marks slots that are taken and no longer in their template, or takes the mark away."""
    await tx.execute(
        "update scheduling.slot set orphan = $2 where id = any ($1::bigint[]) and orphan <> $2", list(slots), orphan
    )


def _placed(row: Any) -> Placed:
    """A room or device with a calendar of its own is what every visit of it needs."""
    needed = row["resources"] if row["alone"] in (None, *row["resources"]) else [*row["resources"], row["alone"]]
    return Placed(
        WeeklyTemplate(
            row["id"], row["role"], row["minutes"], msgspec.convert(row["hours"], tuple[Hours, ...]),
            tuple(row["services"]), row["valid_from"], row["valid_until"], row["buffer_before"], row["buffer_after"],
            row["seats"], tuple(needed), row["cycle"], row["weeks_ahead"], row["name"],
        ),
        row["practitioner"],
        row["location"],
        row["zone"],
        row["holidays"],
        row["active"],
    )  # fmt: skip
