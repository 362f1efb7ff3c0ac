"""Opening, choosing and closing the application tabs of a session; every window of the agent is told."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sportello.desk import store
from sportello.desk.rules import Tab, in_order, known_tab, may_show, with_tab, without_tab
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import translate
from sportello.kit.ids import uuid7
from sportello.web.site_map import Place, site_map


class NoSuchSession(Exception):
    """The agent has no such session open (any more)."""


class NotShown(Exception):
    """The address is not a part of the desk."""


def _place(house: House, tab: Tab) -> Place | None:
    """The place a tab shows, by its kind, else by its address: a link may name the address alone."""
    known = site_map(house)
    return known.get(tab.kind) or next((one for one in known.all() if tab.url in one.urls), None)


def title_of(house: House, tab: Tab, language: str) -> str:
    """What stands on the tab."""
    place = _place(house, tab)
    return tab.title or (translate(language, place.title) if place else tab.url)


def icon_of(house: House, tab: Tab) -> str:
    """The picture on the tab."""
    place = _place(house, tab)
    return place.icon if place else "open"


def new_tab(url: str, kind: str = "", title: str = "") -> Tab:
    """A tab for an address; raises `NotShown` for anything that is not a part of the desk."""
    if not may_show(url):
        raise NotShown
    return Tab(id=uuid7().hex[-12:], url=url, kind=kind.strip()[:40], title=title.strip()[:80])


async def open_tab(house: House, tx: Transaction, staff: UUID, conversation: UUID | None, tab: Tab) -> store.Session:
    """Opens a tab, or looks at the one that shows the same."""
    session = await _session(tx, staff, conversation)
    tabs, shown = with_tab(session.tabs, tab)
    return await _arrange(house, tx, session, tabs, shown.id)


async def close_tab(
    house: House, tx: Transaction, staff: UUID, conversation: UUID | None, tab_id: str
) -> store.Session:
    """Closes a tab; closing one that is gone changes nothing."""
    session = await _session(tx, staff, conversation)
    tabs, current = without_tab(session.tabs, tab_id, session.current_tab)
    return await _arrange(house, tx, session, tabs, current)


async def close_others(
    house: House, tx: Transaction, staff: UUID, conversation: UUID | None, tab_id: str
) -> store.Session:
    """Closes all tabs but one."""
    session = await _session(tx, staff, conversation)
    left = tuple(tab for tab in session.tabs if tab.id == tab_id) or session.tabs
    return await _arrange(house, tx, session, left, left[0].id if len(left) == 1 else session.current_tab)


async def put_in_order(
    house: House, tx: Transaction, staff: UUID, conversation: UUID | None, wanted: Sequence[str]
) -> store.Session:
    """Arranges the tabs; the one looked at stays so."""
    session = await _session(tx, staff, conversation)
    return await _arrange(house, tx, session, in_order(session.tabs, wanted), session.current_tab)


async def look_at(tx: Transaction, staff: UUID, conversation: UUID | None, tab_id: str) -> None:
    """Remembers which tab is looked at; other windows keep their own view."""
    session = await _session(tx, staff, conversation)
    if known_tab(session.tabs, tab_id):
        await store.arrange_tabs(tx, staff, conversation, session.tabs, tab_id)


async def _session(tx: Transaction, staff: UUID, conversation: UUID | None) -> store.Session:
    session = await store.session_of(tx, staff, conversation)
    if session is None:
        raise NoSuchSession
    return session


async def _arrange(
    house: House, tx: Transaction, session: store.Session, tabs: tuple[Tab, ...], current: str
) -> store.Session:
    await store.arrange_tabs(tx, session.staff, session.conversation, tabs, current)
    if tabs != session.tabs:
        body: dict[str, Any] = {
            "session": str(session.conversation or "home"),
            "tabs": [tab.id for tab in tabs],
        }
        await house.streams.append(tx, f"desk:{session.staff}", "tabs", body)
    return store.Session(
        staff=session.staff, conversation=session.conversation, opened_at=session.opened_at,
        tabs=tabs, current_tab=current, draft=session.draft,
    )  # fmt: skip
