"""Plugs the record into the house: its doors, the embedded store unless the application wired another, the trail."""

from typing import Any

import msgspec

from sportello.administration import audit
from sportello.administration.actor import SYSTEM
from sportello.fhir.events import BundleImported
from sportello.fhir.subscriptions import telling
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.record import plan_pages, review_pages, team_pages
from sportello.record.embedded import EmbeddedRecord
from sportello.record.pages import ROUTES as PAGES
from sportello.record.ports import ClinicalRecord
from sportello.web.site_map import site_map

ROUTES: list[Any] = [*PAGES, *plan_pages.ROUTES, *team_pages.ROUTES, *review_pages.ROUTES]


def install(house: House) -> None:
    """The embedded record is the default; an adapter that was wired before stays."""
    house.ports.setdefault(ClinicalRecord, EmbeddedRecord())
    site_map(house).add(review_pages.PLACE)
    house.news.subscribe(BundleImported, _written_down)


async def _written_down(house: House, tx: Transaction, event: BundleImported) -> None:
    """An import changes patients' data, so it is in the audit trail with its numbers."""
    await telling.wake(house, tx)
    await audit.record(house, tx, SYSTEM, "record.import", detail=msgspec.structs.asdict(event))
