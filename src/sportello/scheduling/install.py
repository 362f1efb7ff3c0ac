"""Plugs scheduling into the house: its doors, its own meeting rooms unless others are wired, its daily work."""

from typing import Any

from sportello.administration.permissions import Permission
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.record.ports import VisitsAhead
from sportello.scheduling import holding, horizon
from sportello.scheduling.appointment_pages import AppointmentPages, visit
from sportello.scheduling.calendar_pages import CalendarPages
from sportello.scheduling.closure_pages import ClosurePages
from sportello.scheduling.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMoved,
    AppointmentPending,
    CalendarChanged,
)
from sportello.scheduling.gate import STREAM, CalendarGate, follow_events
from sportello.scheduling.meeting_links import OwnRooms
from sportello.scheduling.pages import WizardPages
from sportello.scheduling.ports import MeetingLinks
from sportello.scheduling.template_pages import TemplatePages
from sportello.scheduling.visits_ahead import AppointmentBook
from sportello.web.site_map import RUN, WORK, Place, site_map

ROUTES: list[Any] = [WizardPages, AppointmentPages, CalendarPages, ClosurePages, TemplatePages, visit]
_SHOWN = (AppointmentBooked, AppointmentPending, AppointmentMoved, AppointmentCancelled, CalendarChanged)
PLACES = (
    Place(
        "calendar", N_("Calendar"), "calendar", ("/desk/scheduling/calendar",), WORK,
        (Permission.APPOINTMENT_READ, Permission.APPOINTMENT_BOOK), N_("appointments agenda slots day week"),
    ),
    Place(
        "closures", N_("Closed times"), "stop", ("/desk/scheduling/closures",), RUN, (Permission.CALENDAR_MANAGE,),
        N_("holidays absence block calendar"),
    ),
    Place(
        "templates", N_("Calendar templates"), "calendar", ("/desk/scheduling/templates",), RUN,
        (Permission.CALENDAR_MANAGE,), N_("working hours week schedule slots"),
    ),
    Place(
        "conflicts", N_("Conflicts"), "warning", ("/desk/scheduling/conflicts",), RUN, (Permission.CALENDAR_MANAGE,),
        N_("appointments closed template"),
    ),
)  # fmt: skip


def install(house: House) -> None:
    """The appointment book tells of visits ahead; our own rooms are the default for virtual ones."""
    server = house.settings.server
    house.ports.setdefault(MeetingLinks, OwnRooms(server.public_url or f"http://{server.host}:{server.port}"))
    house.ports[VisitsAhead] = AppointmentBook()
    house.streams.gate(STREAM, CalendarGate())
    site_map(house).add(*PLACES)
    for event in _SHOWN:
        house.news.subscribe(event, follow_events)


async def start(house: House) -> None:
    """Frees holds that expired while nobody was here, and keeps the calendar's horizon."""
    await holding.sweep(house)
    await horizon.begin(house)
