"""What a patient reads: subject and first lines without clinical words, since phones show them on the lock screen."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage

from msgspec import Struct

from sportello.kit.house import House
from sportello.kit.i18n import N_, format_date, format_time, translate
from sportello.outreach.invitation import invitation
from sportello.outreach.store import Message
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import Channel

SUBJECTS = {
    "booked": N_("Your appointment is confirmed – %(clinic)s"),
    "moved": N_("Your appointment has a new time – %(clinic)s"),
    "cancelled": N_("Your appointment is cancelled – %(clinic)s"),
}
OPENINGS = {
    "booked": N_("we confirm your appointment."),
    "moved": N_("your appointment was moved. This is the new time."),
    "cancelled": N_("this appointment was cancelled."),
}


class Line(Struct, frozen=True):
    """A fact with its name."""

    label: str
    text: str


def letter(house: House, message: Message, one: Appointment, now: datetime) -> EmailMessage:
    """The mail: plain text, HTML, and the appointment as a calendar file."""
    clinic, language = house.settings.clinic, message.language
    lines = facts(house, one, language, cancelled=message.kind == "cancelled")
    opening = translate(language, OPENINGS[message.kind])
    mail = EmailMessage()
    mail["Subject"] = translate(language, SUBJECTS[message.kind], clinic=clinic.name)
    mail["From"] = Address(clinic.name, addr_spec=house.settings.mail.sender)
    mail["To"] = message.recipient
    mail["Date"] = now
    # The same for every try: a server or a reader that saw it already knows it is the same mail.
    mail["Message-ID"] = f"<{message.id}@{_domain(house.settings.mail.sender)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = language
    words = {"lines": lines, "opening": opening, "phone": clinic.phone, "kind": message.kind}
    mail.set_content(_plain(language, clinic.name, lines, opening, clinic.phone, message.kind))
    mail.add_alternative(house.pages.fragment(language, "outreach/letter.html", **words), subtype="html")
    method = "CANCEL" if message.kind == "cancelled" else "PUBLISH"
    mail.add_attachment(
        invitation(one, clinic, language, now), maintype="text", subtype="calendar",
        filename=translate(language, "appointment.ics"), params={"method": method, "charset": "utf-8"},
    )  # fmt: skip
    return mail


def facts(house: House, one: Appointment, language: str, *, cancelled: bool) -> list[Line]:
    """When, where, with whom, what for; and what to bring, unless it will not take place."""
    zone = house.settings.clinic.tz
    assert one.starts is not None
    day, time = format_date(one.starts, language, zone, "full"), format_time(one.starts, language, zone)
    virtual = one.channel is Channel.VIRTUAL
    said: list[tuple[str, str | None]] = [
        (N_("When"), translate(language, "%(day)s at %(time)s", day=day, time=time)),
        (N_("Where"), translate(language, "Virtual visit") if virtual else one.place),
        (N_("With"), one.practitioner_name),
        (N_("What"), one.service_name.in_language(language) if one.service_name else None),
    ]
    if not cancelled:
        said += [
            (N_("Link"), one.meeting_link if virtual else None),
            (N_("Preparation"), one.preparation.in_language(language) if one.preparation else None),
            (N_("Please bring"), translate(language, "the referral of your doctor") if one.referral_required else None),
            (N_("Telephone"), one.location_phone),
        ]
    return [Line(translate(language, label), text) for label, text in said if text]


def _plain(language: str, clinic: str, lines: list[Line], opening: str, phone: str, kind: str) -> str:
    closing = (
        [] if kind == "cancelled" else [translate(language, "If you cannot come, please tell us: others are waiting.")]
    )
    if phone:
        closing.append(translate(language, "Telephone: %(phone)s", phone=phone))
    return "\n".join(
        [
            translate(language, "Good day,"), "", opening, "", *(f"{line.label}: {line.text}" for line in lines), "",
            *closing, "", clinic, translate(language, "This message was sent automatically."), "",
        ]
    )  # fmt: skip


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2] or "localhost"
