"""Plugs the desk in: its doors, who may follow its streams, and sessions that follow conversations."""

from typing import Any

from sportello.conversations.events import Moved, PatientLinked
from sportello.desk import board_pages, drafts, ending_pages, log_pages, offer_pages, pages, sessions, tab_pages
from sportello.desk.gates import BoardGate, DeskGate
from sportello.kit.house import House

ROUTES: list[Any] = [
    *pages.ROUTES,
    *tab_pages.ROUTES,
    *ending_pages.ROUTES,
    *offer_pages.ROUTES,
    *board_pages.ROUTES,
    *log_pages.ROUTES,
    *drafts.ROUTES,
]


def install(house: House) -> None:
    """Gates for the desk's streams; sessions open and leave in the transaction that moves the conversation."""
    house.streams.gate("desk", DeskGate())
    house.streams.gate("board", BoardGate())
    house.news.subscribe(Moved, sessions.follow_moves)
    house.news.subscribe(PatientLinked, sessions.follow_links)
