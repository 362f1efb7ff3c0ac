"""A practitioner's visits as a calendar that other programs subscribe to, behind a link that only its holder knows.

Patients' names stay out unless that is wished for: a subscribed calendar lies on phones and in clouds of others.
"""

import hashlib
from datetime import timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone
from msgspec import Struct

from sportello.administration import accounts, audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import translate
from sportello.kit.ids import as_uuid, new_token
from sportello.kit.security.tokens import hashed
from sportello.record import naming
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import AppointmentStatus, Channel
from sportello.scheduling.store import catalogue, feeds
from sportello.scheduling.zones import rules_of, told

BACK, AHEAD, MOST = timedelta(days=30), timedelta(days=180), 2000  # what calendars bear at one reading
_SHOWN = (
    AppointmentStatus.PENDING, AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED, AppointmentStatus.CHECKED_IN,
    AppointmentStatus.FULFILLED,
)  # fmt: skip


class Feed(Struct, frozen=True):
    """The file, and the tag by which a program knows that it has it already."""

    content: bytes
    tag: str


async def practitioner_of(tx: Transaction, actor: Actor) -> str | None:
    """The practitioner that a member of staff is, as *What we offer* has it."""
    if actor.kind != "staff":
        return None
    known = as_uuid(actor.id)
    login = await accounts.login_of(tx, known) if known else ""
    return await catalogue.with_login(tx, login) if login else None


async def make(house: House, tx: Transaction, actor: Actor, practitioner: str, *, names: bool) -> str:
    """A new link, told once; the one before ends."""
    token = new_token()
    await feeds.put(tx, practitioner, hashed(token), names, f"{actor.kind}:{actor.id}", house.clock.now())
    detail = {"names": names}
    await audit.record(house, tx, actor, "calendar.feed_made", entity=f"practitioner/{practitioner}", detail=detail)
    return token


async def withdraw(house: House, tx: Transaction, actor: Actor, practitioner: str) -> None:
    """Nobody reads it any more."""
    if await feeds.drop(tx, practitioner):
        await audit.record(house, tx, actor, "calendar.feed_ended", entity=f"practitioner/{practitioner}")


async def read(house: House, tx: Transaction, token: str) -> Feed | None:
    """The calendar behind a link; None when there is no such link any more."""
    one = await feeds.of_token(tx, hashed(token))
    if one is None:
        return None
    now = house.clock.now()
    visits = await feeds.visits(tx, one.practitioner, now - BACK, now + AHEAD, list(_SHOWN), MOST)
    names: dict[str, str] = {}
    if one.names:
        reader = Actor("system", f"feed:{one.practitioner}", one.practitioner_name)
        names = await naming.names(house, tx, reader, {visit.patient for visit in visits}, "feed")
    if one.read_at is None or now - one.read_at > timedelta(minutes=5):
        await feeds.read(tx, one.practitioner, now)
    content = _calendar(house, one.practitioner_name, visits, names)
    return Feed(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def _calendar(house: House, whose: str, visits: list[Appointment], names: dict[str, str]) -> bytes:
    """Nothing in it changes while no visit does, so that its tag stays."""
    language = house.settings.clinic.languages[0]
    made = Calendar()
    made.add("prodid", "-//Sportello//Sportello//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("name", f"{whose} – {house.settings.clinic.name}")
    made.add("x-wr-calname", f"{whose} – {house.settings.clinic.name}")
    made.add("refresh-interval", timedelta(minutes=15), {"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT15M")
    for rules in _rules(house, visits):
        made.add_component(rules)
    for one in visits:
        assert one.starts is not None
        assert one.ends is not None
        starts, ends = told(one.starts, one.ends, _zone(house, one))
        event = Event()
        event.add("uid", f"{one.id}@sportello")
        event.add("sequence", one.sequence)
        event.add("dtstamp", one.starts - timedelta(days=1))
        event.add("dtstart", starts)
        event.add("dtend", ends)
        event.add("summary", _summary(one, names.get(one.patient, ""), language))
        event.add("location", translate(language, "Virtual visit") if one.channel is Channel.VIRTUAL else one.place)
        event.add("status", "TENTATIVE" if one.status is AppointmentStatus.PENDING else "CONFIRMED")
        event.add("class", "PRIVATE")
        made.add_component(event)
    return bytes(made.to_ical())


def _zone(house: House, one: Appointment) -> ZoneInfo:
    """Of the clock that the practitioner goes by: the place's, of a virtual visit the clinic's."""
    return ZoneInfo(one.wall) if one.wall else house.settings.clinic.tz


def _rules(house: House, visits: list[Appointment]) -> list[Timezone]:
    """The rules of every zone in which a visit is told, for the years of those visits."""
    years: dict[str, list[int]] = {}
    for one in visits:
        zone = _zone(house, one)
        years.setdefault(zone.key, []).extend(at.astimezone(zone).year for at in (one.starts, one.ends) if at)
    return [rules_of(ZoneInfo(key), min(found), max(found)) for key, found in sorted(years.items())]


def _summary(one: Appointment, name: str, language: str) -> str:
    kind = one.service_name.in_language(language) if one.service_name else translate(language, "Appointment")
    return f"{kind} – {name}" if name else kind
