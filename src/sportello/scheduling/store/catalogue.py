"""What the hospital offers, thing by thing, for the screens on which it is kept."""

from typing import Any

from sportello.kit.database import Transaction
from sportello.scheduling.catalogue import CLASSES, NEEDS, Kind

# The columns that a form's fields fill, by table; names and preparations are in two languages.
_COLUMNS = {
    "service": ("specialty", "name", "kind", "minutes", "channels", "preparation", "referral_required", "not_by_phone",
                "self_booking", "notice_hours", "notice_days", "limits"),
    "specialty": ("name",),
    "location": ("name", "address", "postal_code", "town", "country", "phone", "latitude", "longitude", "zone",
                 "holidays"),
    "resource": ("name", "kind", "location"),
    "practitioner": ("name", "login"),
    "practitioner_role": ("practitioner", "specialty", "location", "services"),
}  # fmt: skip


async def rows(tx: Transaction, kind: Kind) -> list[dict[str, Any]]:
    """Everything of a kind, what has ended last."""
    found = await tx.fetch(f"select * from scheduling.{kind.table} order by active desc, id")  # noqa: S608  our own tables
    return [dict(row) for row in found]


async def stand_in(tx: Transaction, resource: str) -> str | None:
    """The id under which a room or device has calendars of its own; None when there is no such room or device."""
    found: str | None = await tx.fetchval(
        "insert into scheduling.practitioner (id, name, resource)"
        " select left(r.kind || '.' || r.id, 64), r.name, r.id from scheduling.resource r where r.id = $1 and r.active"
        " on conflict (resource) do update set name = excluded.name, active = true returning id",
        resource,
    )
    return found


async def read(tx: Transaction, kind: Kind, thing: str, *, lock: bool = False) -> dict[str, Any] | None:
    """One thing as its form has it, prerequisites included."""
    row = await tx.fetchrow(
        f"select * from scheduling.{kind.table} where id = $1{' for update' if lock else ''}",  # noqa: S608  our own tables
        thing,
    )
    if row is None:
        return None
    found = dict(row)
    if isinstance(found.get("name"), dict):
        found |= {"name_it": found["name"].get("it", ""), "name_en": found["name"].get("en", "")}
    if kind.table == "service":
        words = found["preparation"] or {}
        found |= {"preparation_it": words.get("it", ""), "preparation_en": words.get("en", "")}
        found |= {f"limit_{letter}": found["limits"].get(letter) for letter in CLASSES}
        needs = await tx.fetch(
            "select needs, days, done from scheduling.prerequisite where service = $1 order by needs", thing
        )
        for number, need in enumerate(needs[:NEEDS]):
            found |= {f"needs_{number}": need["needs"], f"needs_days_{number}": need["days"],
                      f"needs_done_{number}": need["done"]}  # fmt: skip
    return found


async def put(tx: Transaction, kind: Kind, thing: str, values: dict[str, Any]) -> None:
    """Adds a thing, or changes the one of this id."""
    filled = _filled(kind, values)
    names = _COLUMNS[kind.table]
    places = ", ".join(f"${number}" for number in range(2, len(names) + 2))
    changes = ", ".join(f"{name} = excluded.{name}" for name in names)
    await tx.execute(
        f"insert into scheduling.{kind.table} (id, {', '.join(names)}) values ($1, {places})"  # noqa: S608  our own
        f" on conflict (id) do update set {changes}",
        thing,
        *(filled[name] for name in names),
    )
    if kind.table == "resource":
        await tx.execute("update scheduling.practitioner set name = $2 where resource = $1", thing, filled["name"])
    if kind.table == "service":
        await tx.execute("delete from scheduling.prerequisite where service = $1", thing)
        await tx.executemany(
            "insert into scheduling.prerequisite (service, needs, days, done) values ($1, $2, $3, $4)",
            [
                (thing, values[f"needs_{n}"], values[f"needs_days_{n}"] or 0, values[f"needs_done_{n}"])
                for n in range(NEEDS)
                if values[f"needs_{n}"]
            ],
        )


def _filled(kind: Kind, values: dict[str, Any]) -> dict[str, Any]:
    filled = dict(values)
    if "name_it" in values:
        filled["name"] = {"it": values["name_it"], "en": values["name_en"]}
    if kind.table == "service":
        words = {"it": values["preparation_it"], "en": values["preparation_en"]}
        filled["preparation"] = words if any(words.values()) else None
        filled["limits"] = {one: days for one in CLASSES if (days := values[f"limit_{one}"]) is not None}
    return filled


async def set_active(tx: Transaction, kind: Kind, thing: str, active: bool) -> None:
    """Ends a thing or takes it up again; with a role its calendars."""
    await tx.execute(
        f"update scheduling.{kind.table} set active = $2 where id = $1",  # noqa: S608  our own tables
        thing,
        active,
    )
    if kind.table == "practitioner_role":
        await tx.execute("update scheduling.schedule set active = $2 where role = $1", thing, active)


async def calendars_of(tx: Transaction, kind: Kind, thing: str) -> list[str]:
    """The calendars that a thing is part of."""
    tests = {
        "service": "$1 = any (services)", "specialty": "specialty = $1", "location": "location = $1",
        "resource": "$1 = any (resources) or practitioner in"
        " (select p.id from scheduling.practitioner p where p.resource = $1)",
        "practitioner": "practitioner = $1", "practitioner_role": "role = $1",
    }  # fmt: skip
    found = await tx.fetch(
        f"select id from scheduling.schedule where active and ({tests[kind.table]}) order by id",  # noqa: S608  our own
        thing,
    )
    return [row["id"] for row in found]


async def shortest_times(tx: Transaction, service: str) -> int | None:
    """The minutes of the shortest times in which a service is offered."""
    found: int | None = await tx.fetchval(
        "select min(minutes) from scheduling.schedule where active and $1 = any (services)", service
    )
    return found


async def follow_role(tx: Transaction, role: str, before: list[str], after: list[str]) -> None:
    """A role's calendars lose what it lost, and get what it got where their times are long enough."""
    await tx.execute(
        """
        update scheduling.schedule s set services = (
            select coalesce(array_agg(v.id order by v.id), '{}') from scheduling.service v
            where v.id = any ($3::text[]) and (v.id = any (s.services)
                  or not v.id = any ($2::text[]) and v.minutes <= s.minutes))
        where s.role = $1
        """,
        role,
        before,
        after,
    )


async def add_calendar(tx: Transaction, role: str, calendar: str, minutes: int) -> None:
    """A calendar of a role without hours yet; whoever made it writes them."""
    await tx.execute(
        "insert into scheduling.schedule (id, role, practitioner, specialty, location, services, minutes, hours)"
        " select $2, r.id, r.practitioner, r.specialty, r.location, r.services, $3, '[]' from"
        " scheduling.practitioner_role r where r.id = $1",
        role,
        calendar,
        minutes,
    )


async def longest(tx: Transaction, services: list[str]) -> int:
    """The minutes of the longest of these services."""
    return int(
        await tx.fetchval(
            "select coalesce(max(minutes), 30) from scheduling.service where id = any ($1::text[])", services
        )
    )


async def with_login(tx: Transaction, login: str) -> str | None:
    """The practitioner who signs in by this name."""
    found: str | None = await tx.fetchval("select id from scheduling.practitioner where login = $1", login)
    return found
