"""Appointments of a patient: told as booked; erased they stay as numbers of the calendar, of nobody."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from sportello.administration.privacy.holdings import Chapter, Entry, Holding, Subject, Table, Telling, holdings
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, format_datetime, translate
from sportello.scheduling.codes import AppointmentStatus
from sportello.scheduling.rules import CANCELLABLE
from sportello.scheduling.store import appointments

_EVER = datetime(1900, 1, 1, tzinfo=UTC)
AHEAD = N_("Visits lie ahead: they are cancelled first.")
_S = AppointmentStatus
_STATUSES = {
    _S.PROPOSED: N_("Proposed"), _S.PENDING: N_("Pending"), _S.BOOKED: N_("Booked"), _S.ARRIVED: N_("Arrived"),
    _S.CHECKED_IN: N_("Checked in"), _S.FULFILLED: N_("Took place"), _S.CANCELLED: N_("Cancelled"),
    _S.NO_SHOW: N_("Did not come"), _S.ENTERED_IN_ERROR: N_("Entered in error"), _S.WAITLIST: N_("Waiting list"),
}  # fmt: skip
_WAITING = {
    "waiting": N_("Still waiting"), "offered": N_("A time is offered"), "booked": N_("Booked"),
    "expired": N_("The time has run out"), "withdrawn": N_("Taken off the list"),
}  # fmt: skip
_TABLES = [
    Table("scheduling.waiting", {"patient": "patient"},
          {"patient": "erased", "reason": "", "details": "", "referral": "", "conversation": None}, N_("Waiting list"),
          {"created_at": N_("Asked on"), "from_day": N_("From"), "reason": N_("Reason"), "details": N_("Details"),
           "state": N_("Status")}, "created_at", {"state": _WAITING}),
    Table("scheduling.delegate", {"patient": "patient", "delegate": "patient"}, at="seen_at"),
    Table("scheduling.wish", {"appointment": "appointment"}, {"note": ""}, at="at"),
    Table("scheduling.elsewhere_order", {"patient": "patient", "appointment": "appointment"}, at="at"),
    Table("scheduling.elsewhere_series", {"patient": "patient"}, at="at"),
    Table("scheduling.elsewhere_visit", {"appointment": "appointment"}, at="seen_at"),
    Table("scheduling.visit_room", {"appointment": "appointment"}),
    Table("scheduling.appointment_change", {"appointment": "appointment"}, {"note": ""}, at="at"),
    Table("scheduling.wizard", {"patient": "patient", "conversation": "conversation", "appointment": "appointment"},
          at="touched_at"),
    Table("scheduling.appointment", {"patient": "patient"},
          {"patient": "erased", "reason": "", "details": "", "referral": "", "confirm_to": None, "meeting_link": None,
           "conversation": None}, at="ends"),
]  # fmt: skip


async def _gather(_house: House, tx: Transaction, subject: Subject) -> Subject:
    if not subject.patient:
        return subject
    found = await appointments.ids_of_patient(tx, subject.patient)
    return msgspec.structs.replace(subject, appointments=(*subject.appointments, *map(str, found)))


async def _blocked(house: House, tx: Transaction, subject: Subject) -> Sequence[str]:
    ahead = await appointments.of_patient(tx, subject.patient, house.clock.now()) if subject.patient else []
    return [AHEAD] if any(one.status in CANCELLABLE for one in ahead) else []


async def _told(house: House, tx: Transaction, telling: Telling) -> None:
    language, zone = telling.language, house.settings.clinic.tz
    found = []
    for one in await appointments.of_patient(tx, telling.subject.patient, _EVER):
        pairs = (
            (N_("Status"), translate(language, _STATUSES[one.status])),
            ({"device": N_("Device"), "room": N_("Room")}.get(one.alone, N_("With")), one.practitioner_name),
            (N_("Where"), ", ".join(filter(None, (one.location_name, one.address, one.town)))),
            (N_("Reason"), one.reason),
            (N_("Details"), one.details),
            (N_("Referral"), one.referral),
        )
        service = one.service_name.in_language(language) if one.service_name else ""
        at = format_datetime(one.starts, language, ZoneInfo(one.wall) if one.wall else zone) if one.starts else ""
        facts = [(translate(language, label), value) for label, value in pairs if value]
        found.append(Entry(f"{at}  {service}".strip(), facts))
    telling.chapters.append(Chapter(translate(language, N_("Appointments")), found))


def hold(house: House) -> None:
    """Says what this room holds."""
    holdings(house).append(Holding("scheduling", "appointment", _TABLES, gather=_gather, blocked=_blocked, told=_told))
