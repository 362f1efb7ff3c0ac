"""Plugs the record into the house: its doors, the embedded store unless the application wired another, the trail."""

from typing import Any

import msgspec
from litestar import Request, Response

from sportello.administration import audit
from sportello.administration.actor import SYSTEM
from sportello.fhir.events import BundleImported
from sportello.fhir.ports import PersonsReach, SensitiveParts
from sportello.fhir.subscriptions import telling
from sportello.kit import errors
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.record import (
    erasure_pages,
    item_pages,
    keeping,
    merge_pages,
    message_pages,
    plan_pages,
    privacy_pages,
    review_pages,
    sensitivity_pages,
    team_pages,
)
from sportello.record.contacts import sources_of
from sportello.record.embedded import EmbeddedRecord
from sportello.record.pages import ROUTES as PAGES
from sportello.record.ports import AWAY, NOT_WRITTEN, Away, ClinicalRecord, NotWritten
from sportello.record.reach import DeskReach
from sportello.record.recorded_contacts import recorded
from sportello.record.sensitivity import ScreenSensitivity
from sportello.web.site_map import site_map

_PAGES = (
    plan_pages,
    team_pages,
    review_pages,
    merge_pages,
    item_pages,
    sensitivity_pages,
    message_pages,
    privacy_pages,
    erasure_pages,
)
ROUTES: list[Any] = [*PAGES, *(door for room in _PAGES for door in room.ROUTES)]


def _away(request: Request[Any, Any, Any], _: Away) -> Response[Any]:
    return errors.answer(request, 503, AWAY)


def _not_written(request: Request[Any, Any, Any], refusal: NotWritten) -> Response[Any]:
    return errors.answer(request, 409, NOT_WRITTEN[refusal.why])


OPTIONS: dict[str, Any] = {"exception_handlers": {Away: _away, NotWritten: _not_written}}


def install(house: House) -> None:
    """The embedded record is the default; an adapter that was wired before stays."""
    keeping.hold(house)
    house.ports.setdefault(ClinicalRecord, EmbeddedRecord())
    sources_of(house)[N_("The record")] = recorded
    house.ports[SensitiveParts] = ScreenSensitivity()
    house.ports[PersonsReach] = DeskReach()
    site_map(house).add(
        review_pages.PLACE, merge_pages.PLACE, *sensitivity_pages.PLACES, message_pages.PLACE, *privacy_pages.PLACES
    )
    house.news.subscribe(BundleImported, _written_down)


async def _written_down(house: House, tx: Transaction, event: BundleImported) -> None:
    """An import changes patients' data, so it is in the audit trail with its numbers."""
    await telling.wake(house, tx)
    await audit.record(house, tx, SYSTEM, "record.import", detail=msgspec.structs.asdict(event))
