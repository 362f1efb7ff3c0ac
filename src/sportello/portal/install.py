"""Plugs the patient's side into the house: pages, the widget and its doors, how the line knows a patient."""

from typing import Any

from sportello.administration.identifying import also_identify
from sportello.kit.house import House
from sportello.portal import (
    api,
    bundle,
    calling_back,
    chats,
    cross_origin,
    data_page,
    file_api,
    keeping,
    looks_page,
    merged_patients,
    own_letters,
    own_visits,
    own_waiting,
    pages,
    signing_in,
)
from sportello.record.events import MergeUndone, PatientsMerged

ROUTES: list[Any] = [
    *pages.ROUTES,
    *own_visits.ROUTES,
    *own_letters.ROUTES,
    *own_waiting.ROUTES,
    *calling_back.ROUTES,
    *looks_page.ROUTES,
    *data_page.ROUTES,
    *api.ROUTES,
    *file_api.ROUTES,
]
OPTIONS: dict[str, Any] = {"middleware": cross_origin.MIDDLEWARE}


def install(house: House) -> None:
    """Patients may hold a line and be actors; the widget is put together now, so that a mistake stops the start."""
    keeping.hold(house)
    also_identify(house, signing_in.identify)
    house.news.subscribe(PatientsMerged, merged_patients.follow_merge)
    house.news.subscribe(MergeUndone, merged_patients.follow_undo)
    house.streams.authenticator(chats.listener)
    house.ports[bundle.Widget] = bundle.widget(house.settings)
