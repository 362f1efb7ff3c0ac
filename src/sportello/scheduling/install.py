"""Plugs scheduling into the house: its doors, its own meeting rooms unless others are wired, its daily work."""

from typing import Any

from sportello.kit.house import House
from sportello.record.ports import VisitsAhead
from sportello.scheduling import holding, horizon
from sportello.scheduling.appointment_pages import AppointmentPages, visit
from sportello.scheduling.meeting_links import OwnRooms
from sportello.scheduling.pages import WizardPages
from sportello.scheduling.ports import MeetingLinks
from sportello.scheduling.visits_ahead import AppointmentBook

ROUTES: list[Any] = [WizardPages, AppointmentPages, visit]


def install(house: House) -> None:
    """The appointment book tells of visits ahead; our own rooms are the default for virtual ones."""
    server = house.settings.server
    house.ports.setdefault(MeetingLinks, OwnRooms(server.public_url or f"http://{server.host}:{server.port}"))
    house.ports[VisitsAhead] = AppointmentBook()


async def start(house: House) -> None:
    """Frees holds that expired while nobody was here, and keeps the calendar's horizon."""
    await holding.sweep(house)
    await horizon.begin(house)
