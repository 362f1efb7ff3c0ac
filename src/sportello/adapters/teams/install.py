"""Wires Teams as a maker of meetings, which administrators may then choose."""

from typing import Any

from sportello.adapters.teams import pages
from sportello.adapters.teams.meetings import KEY, TeamsMeetings
from sportello.adapters.teams.terms import renew
from sportello.kit.house import House
from sportello.kit.security.sealing import keeps_secrets
from sportello.scheduling.ports import makers_of
from sportello.web.site_map import site_map

ROUTES: list[Any] = pages.ROUTES


def install(house: House) -> None:
    """Beside our own rooms."""
    makers_of(house)[KEY] = TeamsMeetings()
    keeps_secrets(house, renew)
    site_map(house).add(pages.PLACE)
