"""Makes a letter: the hospital's words or our own, the facts of the visit, and the appointment as a calendar file."""

from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from msgspec import Struct

from sportello.kit.house import House
from sportello.kit.i18n import N_, city_of, format_date, format_time, translate
from sportello.kit.settings import Settings
from sportello.outreach import wording
from sportello.outreach.invitation import invitation, method_of, zone_of
from sportello.outreach.store import Message
from sportello.outreach.store.templates import Version
from sportello.outreach.wording import Text
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import AppointmentStatus, Channel

WITH_CALENDAR = frozenset({"booked", "moved", "cancelled", "link"})


class Line(Struct, frozen=True):
    """A fact with its name."""

    label: str
    text: str


def chosen(versions: Sequence[Version], kind: str, service: str, channel: str, language: str) -> Text:
    """The words for this kind: of the type of appointment and channel, of either, of the house, else our own."""
    by_scope = {(one.service, one.channel): one.texts for one in versions if one.kind == kind and one.texts}
    for scope in ((service, channel), (service, ""), ("", channel), ("", "")):
        if text := (by_scope.get(scope) or {}).get(language):
            return Text(text["subject"], text["body"])
    return wording.default(kind, language)


def letter(house: House, message: Message, one: Appointment, text: Text, name: str, now: datetime) -> EmailMessage:
    """The mail: plain text, HTML, and for what calendars must take over a calendar file."""
    settings, language = house.settings, message.language
    values = values_of(settings, one, language, name, message.details)
    lines = facts(settings, one, language, cancelled=message.kind in ("cancelled", "offer"), said=message.details)
    body = wording.filled(text.body, values)
    mail = EmailMessage()
    mail["Subject"] = " ".join(wording.filled(text.subject, values).split())
    mail["From"] = Address(settings.clinic.name, addr_spec=settings.mail.sender)
    mail["To"] = message.recipient
    mail["Date"] = now
    # The same for every try: a server or a reader that saw it already knows it is the same mail.
    mail["Message-ID"] = f"<{message.id}@{_domain(settings.mail.sender)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = language
    mail.set_content(body.replace("{details}", "\n".join(f"{line.label}: {line.text}" for line in lines)) + "\n")
    mail.add_alternative(html(house, body, lines, language), subtype="html")
    if message.kind in WITH_CALENDAR:
        mail.add_attachment(
            invitation(one, settings, language, now, message.recipient), maintype="text", subtype="calendar",
            filename=translate(language, "appointment.ics"), params={"method": method_of(one), "charset": "utf-8"},
        )  # fmt: skip
    return mail


def html(house: House, body: str, lines: Sequence[Line], language: str) -> str:
    """The same for mail programs that show HTML; also what the preview shows."""
    paragraphs = [part.strip() for part in body.split("\n\n") if part.strip()]
    return house.pages.fragment(language, "outreach/letter.html", paragraphs=paragraphs, lines=lines)


def values_of(settings: Settings, one: Appointment, language: str, name: str, said: dict[str, str]) -> dict[str, str]:
    """What stands in place of the braces; an offer's `said` is about the time offered."""
    zone, starts = _zone(one, settings, said), _starts(one, said)
    portal = settings.server.public_url or f"http://{settings.server.host}:{settings.server.port}"
    return {
        "clinic": settings.clinic.name,
        "phone": settings.clinic.phone,
        "day": format_date(starts, language, zone, "full"),
        "time": format_time(starts, language, zone),
        "name": name,
        "place": said.get("place") or (translate(language, "Virtual visit") if _virtual(one) else one.place),
        "practitioner": said.get("practitioner") or one.practitioner_name or "",
        "type": one.service_name.in_language(language) if one.service_name else "",
        "preparation": one.preparation.in_language(language) if one.preparation else "",
        "link": said.get("link") or (one.meeting_link or "" if _virtual(one) else ""),
        "until": _until(said, settings, language),
        "portal": f"{portal.rstrip('/')}/portal",
    }


def facts(
    settings: Settings, one: Appointment, language: str, *, cancelled: bool, said: dict[str, str] | None = None
) -> list[Line]:
    """When, where, with whom, what for; and what to bring, unless it will not take place."""
    values = values_of(settings, one, language, "", said or {})
    said = said or {}
    when = translate(language, "%(day)s at %(time)s", day=values["day"], time=values["time"])
    lines: list[tuple[str, str | None]] = [
        (N_("When"), when + _elsewhere(_zone(one, settings, said), settings, language)),
        (N_("Your visit is now"), _now(one, settings, language) if "starts" in said else None),
        (N_("Where"), values["place"]),
        (
            {"device": N_("Device"), "room": N_("Room")}.get(said.get("alone", one.alone), N_("With")),
            values["practitioner"],
        ),
        (N_("What"), values["type"]),
    ]
    if not cancelled:
        lines += [
            (N_("Link"), values["link"]),
            (N_("Preparation"), values["preparation"]),
            (N_("Please bring"), translate(language, "the referral of your doctor") if one.referral_required else None),
            (N_("Telephone"), one.location_phone if one.location_phone != settings.clinic.phone else None),
        ]
    return [Line(translate(language, label), text) for label, text in lines if text]


def _zone(one: Appointment, settings: Settings, said: dict[str, str]) -> ZoneInfo:
    """Of the clock by which the visit is told, or the time that is offered, which may be at another place."""
    return ZoneInfo(said["zone"]) if said.get("zone") else zone_of(one, settings)


def _elsewhere(zone: ZoneInfo, settings: Settings, language: str) -> str:
    """Whose time it is, where it is not the clinic's."""
    if zone.key == settings.clinic.zone:
        return ""
    return f" ({translate(language, '%(city)s time', city=city_of(language, zone.key))})"


def _now(one: Appointment, settings: Settings, language: str) -> str | None:
    """When the visit is that would be earlier; of a mere wish nothing."""
    if one.starts is None or one.status is AppointmentStatus.WAITLIST:
        return None
    zone = zone_of(one, settings)
    day, time = format_date(one.starts, language, zone, "full"), format_time(one.starts, language, zone)
    return translate(language, "%(day)s at %(time)s", day=day, time=time) + _elsewhere(zone, settings, language)


def _virtual(one: Appointment) -> bool:
    return one.channel is Channel.VIRTUAL


def _starts(one: Appointment, said: dict[str, str]) -> datetime:
    starts = datetime.fromisoformat(said["starts"]) if "starts" in said else one.starts
    assert starts is not None
    return starts


def _until(said: dict[str, str], settings: Settings, language: str) -> str:
    if "until" not in said:
        return ""
    until, zone = datetime.fromisoformat(said["until"]), settings.clinic.tz
    return translate(
        language, "%(day)s at %(time)s", day=format_date(until, language, zone), time=format_time(until, language, zone)
    )


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2] or "localhost"
