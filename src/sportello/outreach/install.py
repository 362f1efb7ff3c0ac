"""Plugs outreach into the house: it listens to what becomes of visits; who delivers mail is wired by an adapter."""

from typing import Any

from sportello.administration.permissions import Permission
from sportello.conversations.mailing import TranscriptWanted
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.outreach import api, keeping, merged_patients, offering, reminding, tasks, transcripts
from sportello.outreach.contacts import contacts
from sportello.outreach.pages import OutreachPages
from sportello.outreach.sending import on_confirmation_wanted
from sportello.outreach.template_pages import TemplatePages
from sportello.outreach.terms_pages import TermsPages
from sportello.record.contacts import sources_of
from sportello.record.events import MergeUndone, PatientsMerged
from sportello.record.warnings import Warned, warnings_of
from sportello.scheduling.events import (
    AppointmentAttended,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMoved,
    ConfirmationWanted,
    MeetingLinkFailed,
    OfferMade,
)
from sportello.scheduling.ports import LettersGo
from sportello.web.site_map import PATIENT, RUN, WORK, Place, site_map

ROUTES: list[Any] = [OutreachPages, TemplatePages, TermsPages, api.returned]
PLACES = (
    Place(
        "to-settle", N_("To settle"), "warning", ("/desk/outreach/tasks",), WORK,
        (Permission.APPOINTMENT_READ, Permission.APPOINTMENT_BOOK), N_("returned mail bounce no-show missing link"),
    ),
    Place(
        "letters", N_("Letters to the patient"), "mail", ("/desk/outreach/patient/{patient}",), PATIENT,
        (Permission.APPOINTMENT_READ, Permission.APPOINTMENT_BOOK), N_("confirmations reminders e-mail wishes"),
    ),
    Place(
        "letter-templates", N_("Letters to patients"), "mail", ("/desk/outreach/templates",), RUN,
        (Permission.SETTINGS_CHANGE,), N_("templates confirmation reminder e-mail words"),
    ),
    Place(
        "letter-terms", N_("Reminders and quiet hours"), "clock", ("/desk/outreach/terms",), RUN,
        (Permission.SETTINGS_CHANGE,), N_("when to remind night"),
    ),
)  # fmt: skip
_STANDING: tuple[type[Any], ...] = (AppointmentBooked, AppointmentMoved)
_OVER: tuple[type[Any], ...] = (AppointmentCancelled, AppointmentAttended)


def install(house: House) -> None:
    """Subscribes to scheduling's events; transcripts that patients want are sent from here."""
    keeping.hold(house)
    site_map(house).add(*PLACES)
    sources_of(house)[N_("E-mails")] = contacts
    warnings_of(house).append(
        Warned("/desk/outreach/patient/{patient}/trouble", (Permission.APPOINTMENT_READ, Permission.APPOINTMENT_BOOK))
    )
    house.news.subscribe(PatientsMerged, merged_patients.follow_merge)
    house.news.subscribe(MergeUndone, merged_patients.follow_undo)
    house.ports[TranscriptWanted] = transcripts.promise
    house.news.subscribe(ConfirmationWanted, on_confirmation_wanted)
    house.news.subscribe(OfferMade, offering.on_offer)
    house.ports[LettersGo] = offering.letters_go
    house.news.subscribe(MeetingLinkFailed, tasks.on_link_failed)
    for standing in _STANDING:
        house.news.subscribe(standing, reminding.on_booked)
    for over in _OVER:
        house.news.subscribe(over, reminding.on_over)
    for change in (*_STANDING, *_OVER):
        house.news.subscribe(change, tasks.on_change)


async def start(house: House) -> None:
    """The look at the end of each day."""
    await tasks.begin(house)
