"""Visits, times and types of appointment in a line each, as buttons and sentences of the bot name them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sportello.bots.words import Words
from sportello.kit.i18n import city_of, format_date, format_time
from sportello.knowledge.folding import fold
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import Channel
from sportello.scheduling.self_booking import Kind
from sportello.scheduling.store.slots import Slot
from sportello.scheduling.store.waiting import Waiting

_VIRTUAL = Words(it=" (in video)", en=" (by video)")


def _when(zone: ZoneInfo, wall: str, moment: datetime, language: str) -> str:
    """By the place's clock, which is said when it is not the clinic's."""
    local = ZoneInfo(wall) if wall else zone
    told = f"{format_date(moment, language, local, 'weekday')}, {format_time(moment, language, local)}"
    return told if local.key == zone.key else f"{told} ({city_of(language, local.key)})"


def of_slot(zone: ZoneInfo, one: Slot, language: str, *, virtual: bool = False) -> str:
    wall = "" if virtual else one.wall
    return f"{_when(zone, wall, one.starts, language)} · {one.practitioner_name} · {one.location_name}"


def of_visit(zone: ZoneInfo, one: Appointment, language: str) -> str:
    name = one.service_name or one.specialty_name
    parts = [_when(zone, one.wall, one.starts, language) if one.starts else "",
             name.in_language(language) if name else "", one.practitioner_name or "",
             one.location_name or ""]  # fmt: skip
    return " · ".join(part for part in parts if part)


def of_wish(zone: ZoneInfo, one: Waiting, language: str) -> str:
    """What is waited for: a type, and which visit should be earlier."""
    name = one.service_name.in_language(language) if one.service_name else one.service
    if one.now_at:
        before = _when(zone, one.now_wall, one.now_at, language)
        name += Words(it=f", prima di {before}", en=f", earlier than {before}").in_(language)
    return " · ".join(part for part in (name, one.practitioner_name or "", one.location_name or "") if part)


def at(zone: ZoneInfo, moment: datetime, language: str) -> str:
    """A moment by the clinic's clock."""
    return _when(zone, "", moment, language)


def of_kind(kind: Kind) -> Words:
    name, where = kind.service.name, kind.names[2:]
    suffix = _VIRTUAL if kind.channel is Channel.VIRTUAL else None
    texts = {}
    for place, language in enumerate(("it", "en")):
        text = name.in_language(language)
        specialty = where[place] if where else ""
        texts[language] = (f"{specialty}: {text}" if specialty and fold(specialty) not in fold(text) else text) + (
            suffix.in_(language) if suffix else ""
        )
    return Words(**texts)
