"""Plugs the resource store, its door and the screen of connected systems into the house."""

from typing import Any

from sportello.administration import machines
from sportello.fhir import keeping, systems_pages
from sportello.fhir.bulk import doors as bulk
from sportello.fhir.door.doors import door, metadata
from sportello.fhir.door.scopes import well_formed
from sportello.fhir.intake import pages as intake_pages
from sportello.fhir.smart import doors as smart
from sportello.fhir.subscriptions import headers
from sportello.kit.house import House
from sportello.kit.security.sealing import keeps_secrets
from sportello.web.site_map import site_map

ROUTES: list[Any] = [metadata, *smart.ROUTES, *bulk.ROUTES, *systems_pages.ROUTES, *intake_pages.ROUTES, door]


def install(house: House) -> None:
    """The store is reached by function calls from the rooms above, the door by HTTP."""
    keeping.hold(house)
    machines.MEANT["fhir"] = well_formed
    site_map(house).add(systems_pages.PLACE, intake_pages.PLACE)
    keeps_secrets(house, headers.renew)
