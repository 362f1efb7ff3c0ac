"""Plugs scheduling into the house: its doors, its own meeting rooms unless others are wired, its daily work."""

from typing import Any

from litestar import Request, Response

from sportello.administration.permissions import Permission
from sportello.fhir.door.answering import operations_of
from sportello.fhir.plugging import Plug, plugs_of
from sportello.fhir.subscriptions import telling
from sportello.kit import errors
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.record.contacts import sources_of
from sportello.record.events import MergeUndone, PatientsMerged
from sportello.record.ports import ActsFor, VisitsAhead
from sportello.scheduling import elsewhere_settling as elsewhere_settling  # its jobs
from sportello.scheduling import (
    elsewhere_watching,
    holding,
    horizon,
    keeping,
    meeting_links,
    merged_patients,
    prerequisites,
    visit_pages,
)
from sportello.scheduling.appointment_pages import AppointmentPages
from sportello.scheduling.booking_port import NotReached
from sportello.scheduling.calendar_pages import CalendarPages
from sportello.scheduling.catalogue_pages import CataloguePages
from sportello.scheduling.closure_pages import ClosurePages
from sportello.scheduling.contacts import contacts
from sportello.scheduling.delegate_pages import DelegatePages
from sportello.scheduling.delegates import Books
from sportello.scheduling.door_operations import OPERATIONS
from sportello.scheduling.events import (
    AppointmentAttended,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMoved,
    AppointmentPending,
    CalendarChanged,
    SlotsFreed,
    TimeReopened,
)
from sportello.scheduling.feed_pages import FeedPages, feed
from sportello.scheduling.gate import STREAM, CalendarGate, follow_events
from sportello.scheduling.meeting_links import OwnRooms
from sportello.scheduling.notice_pages import NoticePages
from sportello.scheduling.offer_link_pages import OfferLinks
from sportello.scheduling.offering import on_freed, on_reopened
from sportello.scheduling.pages import WizardPages
from sportello.scheduling.ports import OWN, makers_of
from sportello.scheduling.template_pages import TemplatePages
from sportello.scheduling.virtual_pages import VirtualPages
from sportello.scheduling.visits_ahead import AppointmentBook
from sportello.scheduling.waiting_pages import WaitingPages
from sportello.web.site_map import PATIENT, RUN, WORK, Place, site_map

ROUTES: list[Any] = [
    WizardPages, AppointmentPages, CalendarPages, ClosurePages, TemplatePages, VirtualPages, NoticePages, FeedPages,
    WaitingPages, OfferLinks, CataloguePages, DelegatePages, feed, *visit_pages.ROUTES,
]  # fmt: skip
_VISITS = (AppointmentBooked, AppointmentPending, AppointmentMoved, AppointmentCancelled, AppointmentAttended)
_SHOWN = (AppointmentBooked, AppointmentPending, AppointmentMoved, AppointmentCancelled, CalendarChanged)
PLACES = (
    Place(
        "calendar", N_("Calendar"), "calendar", ("/desk/scheduling/calendar",), WORK,
        (Permission.APPOINTMENT_READ, Permission.APPOINTMENT_BOOK), N_("appointments agenda slots day week"),
    ),
    Place(
        "waiting", N_("Waiting list"), "clock", ("/desk/scheduling/waiting",), WORK,
        (Permission.APPOINTMENT_READ, Permission.APPOINTMENT_BOOK), N_("freed times offers earlier"),
    ),
    Place(
        "delegates", N_("Delegates"), "people", ("/desk/scheduling/patient/{patient}/delegates",), PATIENT,
        (Permission.APPOINTMENT_BOOK,), N_("books for another parent guardian caregiver"),
    ),
    Place(
        "closures", N_("Closed times"), "stop", ("/desk/scheduling/closures",), RUN, (Permission.CALENDAR_MANAGE,),
        N_("holidays absence block calendar"),
    ),
    Place(
        "catalogue", N_("What we offer"), "book", ("/desk/scheduling/catalogue/types",), RUN,
        (Permission.CALENDAR_MANAGE,),
        N_("types of appointment services places rooms devices practitioners specialties"),
    ),
    Place(
        "templates", N_("Calendar templates"), "calendar", ("/desk/scheduling/templates",), RUN,
        (Permission.CALENDAR_MANAGE,), N_("working hours week schedule slots"),
    ),
    Place(
        "virtual-visits", N_("Virtual visits"), "video", ("/desk/scheduling/virtual",), RUN,
        (Permission.SETTINGS_CHANGE,), N_("meeting links Teams rooms"),
    ),
    Place(
        "notice", N_("Notice before visits"), "clock", ("/desk/scheduling/notice",), RUN, (Permission.CALENDAR_MANAGE,),
        N_("cancel late working days hours"),
    ),
    Place(
        "feeds", N_("Calendar feeds"), "link", ("/desk/scheduling/feeds",), RUN, (Permission.CALENDAR_MANAGE,),
        N_("ics ical subscribe practitioner"),
    ),
    Place(
        "conflicts", N_("Conflicts"), "warning", ("/desk/scheduling/conflicts",), RUN, (Permission.CALENDAR_MANAGE,),
        N_("appointments closed template"),
    ),
)  # fmt: skip
_TOLD = "calendars are changed at the desk, appointments by the operations $book, $reschedule and $cancel"
_RENDERED = "what the calendars say of their places, rooms, devices and roles is changed at the desk"
AS_FHIR = (
    Plug("Location", "scheduling.fhir_location", told=_RENDERED, over=True),
    Plug("Device", "scheduling.fhir_device", told=_RENDERED, over=True),
    Plug("PractitionerRole", "scheduling.fhir_role", told=_RENDERED, over=True),
    Plug("HealthcareService", "scheduling.fhir_service", told=_TOLD),
    Plug("Schedule", "scheduling.fhir_schedule", told=_TOLD),
    Plug("Slot", "scheduling.fhir_slot", "schedule", _TOLD),
    Plug("Appointment", "scheduling.fhir_appointment", "patient", _TOLD),
)


def _not_reached(request: Request[Any, Any, Any], error: NotReached) -> Response[Any]:
    return errors.answer(request, 503, error.said)


OPTIONS: dict[str, Any] = {"exception_handlers": {NotReached: _not_reached}}


def install(house: House) -> None:
    """The appointment book tells of visits ahead; our own rooms are the default for virtual ones."""
    keeping.hold(house)
    server = house.settings.server
    makers_of(house)[OWN] = OwnRooms(server.public_url or f"http://{server.host}:{server.port}")
    house.news.subscribe(AppointmentCancelled, meeting_links.on_cancelled)
    sources_of(house)[N_("Appointments")] = contacts
    house.ports[VisitsAhead] = AppointmentBook()
    house.ports[ActsFor] = Books()
    house.streams.gate(STREAM, CalendarGate())
    site_map(house).add(*PLACES)
    for plug in AS_FHIR:
        plugs_of(house)[plug.kind] = plug
    operations_of(house).update(OPERATIONS)
    for visit_event in _VISITS:
        house.news.subscribe(visit_event, _told)
    house.news.subscribe(PatientsMerged, merged_patients.follow_merge)
    house.news.subscribe(MergeUndone, merged_patients.follow_undo)
    house.news.subscribe(SlotsFreed, on_freed)
    house.news.subscribe(TimeReopened, on_reopened)
    house.news.subscribe(AppointmentCancelled, prerequisites.look_again)
    house.news.subscribe(AppointmentMoved, prerequisites.look_again)
    house.news.subscribe(AppointmentAttended, prerequisites.look_again)
    for event in _SHOWN:
        house.news.subscribe(event, follow_events)


async def _told(house: House, tx: Transaction, event: Any) -> None:
    """Other systems that subscribed to appointments hear of it."""
    fresh = isinstance(event, AppointmentBooked | AppointmentPending)
    await telling.changed(house, tx, "Appointment", str(event.appointment), "create" if fresh else "update")


async def start(house: House) -> None:
    """Frees holds that expired while nobody was here, and keeps the calendar's horizon."""
    await holding.sweep(house)
    await horizon.begin(house)
    await elsewhere_watching.begin(house)
