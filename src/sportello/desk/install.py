"""Plugs the desk in: its doors, who may follow its streams, and sessions that follow conversations."""

from typing import Any

from sportello.bots.monitoring import OwnBotBack, OwnBotDown
from sportello.conversations.events import Moved, PartyChanged, PatientLinked
from sportello.desk import (
    alarms,
    board_pages,
    customer_pages,
    dashboard_pages,
    drafts,
    ending_pages,
    file_pages,
    keeping,
    level_pages,
    log_pages,
    look_pages,
    merged_patients,
    offer_pages,
    pages,
    palette_pages,
    reading_pages,
    sessions,
    sharing_pages,
    tab_pages,
    talk_pages,
    team_pages,
    typing_pages,
    work_pages,
)
from sportello.desk.gates import BoardGate, DeskGate
from sportello.desk.places import PLACES
from sportello.kit.house import House
from sportello.record.events import MergeUndone, PatientsMerged
from sportello.web.site_map import site_map

ROUTES: list[Any] = [
    *pages.ROUTES,
    *tab_pages.ROUTES,
    *work_pages.ROUTES,
    *dashboard_pages.ROUTES,
    *palette_pages.ROUTES,
    *reading_pages.ROUTES,
    *look_pages.ROUTES,
    *level_pages.ROUTES,
    *ending_pages.ROUTES,
    *offer_pages.ROUTES,
    *sharing_pages.ROUTES,
    *team_pages.ROUTES,
    *board_pages.ROUTES,
    *log_pages.ROUTES,
    *customer_pages.ROUTES,
    *typing_pages.ROUTES,
    *file_pages.ROUTES,
    *talk_pages.ROUTES,
    *drafts.ROUTES,
]


def install(house: House) -> None:
    """Places on the site map, gates for the desk's streams; sessions follow in the transaction that moves a talk."""
    keeping.hold(house)
    site_map(house).add(*PLACES)
    house.streams.gate("desk", DeskGate())
    house.streams.gate("board", BoardGate())
    house.news.subscribe(Moved, sessions.follow_moves)
    house.news.subscribe(PartyChanged, sessions.follow_parties)
    house.news.subscribe(PatientLinked, sessions.follow_links)
    house.news.subscribe(OwnBotDown, alarms.went_down)
    house.news.subscribe(OwnBotBack, alarms.came_back)
    house.news.subscribe(PatientsMerged, merged_patients.follow_merge)
    house.news.subscribe(MergeUndone, merged_patients.follow_undo)
