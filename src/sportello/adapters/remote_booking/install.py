"""Lets the administrator give the calendars to another system; until then everything is booked here."""

from typing import Any

from sportello.adapters.remote_booking import pages
from sportello.adapters.remote_booking.calendars import OtherCalendars
from sportello.kit.house import House
from sportello.scheduling.booking_port import Calendars
from sportello.web.site_map import site_map

ROUTES: list[Any] = pages.ROUTES


def install(house: House) -> None:
    """Scheduling asks this port whenever calendars are kept elsewhere."""
    site_map(house).add(pages.PLACE)
    house.ports[Calendars] = OtherCalendars()
