"""Changes what the hospital offers: written down with before and after, and the calendars follow at once."""

import re
import unicodedata
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from sportello.administration import accounts, audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import uuid7
from sportello.scheduling.catalogue import ID, ITSELF, KINDS, NEEDS, NO_ID, Kind, Options
from sportello.scheduling.events import CalendarChanged
from sportello.scheduling.store import catalogue as store

IN_USE = N_("A calendar needs it: take it out of the calendar templates first.")
NO_LOGIN = N_("Nobody signs in by this name.")
LOGIN_TAKEN = N_("Another practitioner signs in by this name.")
GONE = N_("This choice is not known.")
SHORTER = N_("A calendar that offers this type has shorter times: change the calendar first.")
KNOWN = N_("There is one of this id already.")
CHANGED = N_("Somebody changed it meanwhile. What you see is how it is now; your change is not saved.")
ALONE = "resource:"  # how the choice of a room or device begins that is to have calendars of its own
FIXED = {"roles": ("practitioner", "specialty", "location")}  # of what exists: its slots are theirs


async def options(tx: Transaction, language: str, kinds: Mapping[str, Kind]) -> Options:
    """What the choices of the forms are, without what has ended."""

    def name(row: Mapping[str, Any]) -> str:
        words = row["name"]
        if isinstance(words, dict):
            words = words.get(language) or words.get("it") or words.get("en")
        return f"{words}, {row['town']}" if row.get("town") else str(words)

    people = await store.rows(tx, kinds["practitioners"])
    alone = {row["resource"] for row in people}
    things = [
        (f"{ALONE}{row['id']}", name(row)) for row in await store.rows(tx, kinds["rooms"])
        if row["active"] and row["id"] not in alone
    ]  # fmt: skip
    named = {"specialties": "specialties", "services": "types", "locations": "places", "practitioners": "practitioners"}
    found = {
        key: sorted(
            ((row["id"], name(row)) for row in await store.rows(tx, kinds[kind]) if row["active"]),
            key=lambda one: one[1].casefold(),
        )
        for key, kind in named.items()
    }
    found["practitioners"] += sorted(things, key=lambda one: one[1].casefold())
    return found | {
        "kinds": [("visit", N_("Visit")), ("exam", N_("Exam"))],
        "resources": [("room", N_("Room")), ("device", N_("Device"))],
        "channels": [("in_person", N_("In person")), ("virtual", N_("Virtual visit"))],
    }


def seen(row: Mapping[str, Any] | None) -> str:
    """Tells one state of a thing from another, so that nobody overwrites what they have not seen."""
    return sha256(msgspec.json.encode(msgspec.to_builtins(row or {}), order="sorted")).hexdigest()[:16]


async def save(
    house: House, tx: Transaction, actor: Actor, kind: Kind, thing: str, values: dict[str, Any], told: str
) -> tuple[str, dict[str, str]]:
    """Writes it; the id, and what is wrong by field. Without `thing` it is new."""
    before = await store.read(tx, kind, thing, lock=True) if thing else None
    if before is not None and told != seen(before):
        return thing, {"": CHANGED}
    if before is None:
        wanted = values.get("id", "")
        if wanted and not ID.fullmatch(wanted):
            return "", {"id": NO_ID}
        if wanted and any([await store.read(tx, each, wanted) for each in _sharing(kind)]):
            return "", {"id": KNOWN}
        thing = wanted or _id(str(values.get("name_it") or values.get("name") or kind.key))
    elif kind.key in FIXED:
        values |= {name: before[name] for name in FIXED[kind.key]}
    if errors := await _contradictions(tx, kind, thing, values):
        return thing, errors
    if kind.key == "roles" and str(values["practitioner"]).startswith(ALONE):
        stands = await store.stand_in(tx, str(values["practitioner"]).removeprefix(ALONE))
        if stands is None:
            return thing, {"practitioner": GONE}
        values |= {"practitioner": stands}
    await store.put(tx, kind, thing, values)
    if kind.key == "roles" and before is not None:
        await store.follow_role(tx, thing, list(before["services"]), values["services"])
    after = await store.read(tx, kind, thing) or {}
    changed = {
        field.name: [_plain((before or {}).get(field.name)), _plain(after.get(field.name))]
        for field in kind.fields
        if (before or {}).get(field.name) != after.get(field.name)
    }
    if changed:
        await audit.record(
            house, tx, actor, "catalogue.changed", entity=f"{kind.table}/{thing}", detail={"changed": changed}
        )
    await _follow(house, tx, kind, thing)
    return thing, {}


def _sharing(kind: Kind) -> list[Kind]:
    """What shares its ids: places and rooms are Locations to other systems."""
    both = {"places", "rooms"}
    return [KINDS[key] for key in sorted(both)] if kind.key in both else [kind]


async def end(house: House, tx: Transaction, actor: Actor, kind: Kind, thing: str) -> str:
    """Nothing new is booked with it; visits that are booked stay and are listed as conflicts. Why not, or nothing."""
    if kind.key == "rooms" and await store.calendars_of(tx, kind, thing):
        return IN_USE
    concerned = await store.calendars_of(tx, kind, thing)
    await store.set_active(tx, kind, thing, False)
    await audit.record(house, tx, actor, "catalogue.ended", entity=f"{kind.table}/{thing}")
    await _replan(house, tx, concerned)
    return ""


async def take_up(house: House, tx: Transaction, actor: Actor, kind: Kind, thing: str) -> None:
    """It is offered again."""
    await store.set_active(tx, kind, thing, True)
    await audit.record(house, tx, actor, "catalogue.taken_up", entity=f"{kind.table}/{thing}")
    await _follow(house, tx, kind, thing)


async def new_calendar(house: House, tx: Transaction, actor: Actor, role: Mapping[str, Any]) -> str:
    """A calendar of a role whose hours are to be written: its id."""
    calendar = f"{role['id'][:50]}-{uuid7().hex[-6:]}"
    await store.add_calendar(tx, role["id"], calendar, await store.longest(tx, list(role["services"])))
    await audit.record(house, tx, actor, "calendar.changed", entity=f"schedule/{calendar}", detail={"new": True})
    return calendar


async def _contradictions(tx: Transaction, kind: Kind, thing: str, values: dict[str, Any]) -> dict[str, str]:
    if kind.key == "practitioners" and (login := values["login"]):
        if await accounts.staff_of(tx, login) is None:
            return {"login": NO_LOGIN}
        return {"login": LOGIN_TAKEN} if await store.with_login(tx, login) not in (None, thing) else {}
    if kind.key != "types":
        return {}
    errors = {f"needs_{n}": ITSELF for n in range(NEEDS) if values[f"needs_{n}"] == thing}
    shortest = await store.shortest_times(tx, thing)
    if shortest is not None and values["minutes"] > shortest:
        errors["minutes"] = SHORTER
    return errors


async def _follow(house: House, tx: Transaction, kind: Kind, thing: str) -> None:
    await _replan(house, tx, await store.calendars_of(tx, kind, thing))


async def _replan(house: House, tx: Transaction, calendars: list[str]) -> None:
    """Searching leaves out at once what has ended; the slots follow by jobs, a calendar each."""
    for one in calendars:
        await house.jobs.enqueue(tx, "scheduling.replan", {"schedule": one}, dedupe_key=f"replan:{one}")
    await house.news.announce(tx, CalendarChanged([]))


def _id(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return f"{re.sub('[^a-z0-9]+', '-', bare).strip('-')[:40] or 'x'}-{uuid7().hex[-6:]}"


def _plain(value: Any) -> Any:
    return value[:500] if isinstance(value, str) else msgspec.to_builtins(value)
