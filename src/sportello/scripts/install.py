"""Plugs scripts into the house: their doors and those of sending articles; the record hears of articles sent."""

from typing import Any

from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.record.contacts import sources_of
from sportello.scripts import keeping, pages
from sportello.scripts.contacts import contacts

ROUTES: list[Any] = pages.ROUTES


def install(house: House) -> None:
    """What was sent to a patient is shown among the contacts with them."""
    sources_of(house)[N_("Articles")] = contacts
    keeping.hold(house)
