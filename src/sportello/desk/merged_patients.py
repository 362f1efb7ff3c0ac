"""Open tabs of a record that was merged show the surviving one, at every desk at once; and back when it is undone."""

import re
from uuid import UUID

from msgspec.structs import replace

from sportello.desk import store
from sportello.desk.rules import Tab
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.record import moving
from sportello.record.events import MergeUndone, PatientsMerged


async def follow_merge(house: House, tx: Transaction, event: PatientsMerged) -> None:
    """Tabs of the former record turn to the survivor's; one that is open already is not doubled."""
    changed: list[str] = []
    for session in await store.sessions_with_tab(tx, event.former):
        tabs: list[Tab] = []
        moved: dict[str, str] = {}
        for tab in session.tabs:
            turned = replace(tab, url=turned_to(tab.url, event.former, event.survivor))
            twin = next((one for one in tabs if one.url == turned.url), None)
            if twin is None:
                tabs.append(turned)
            moved[tab.id] = (twin or turned).id
            if turned.url != tab.url and twin is None:
                changed.append(f"{session.staff}/{session.conversation or ''}/{tab.id}")
        current = moved.get(session.current_tab, session.current_tab)
        await store.arrange_tabs(tx, session.staff, session.conversation, tabs, current)
        await _tell(house, tx, session.staff)
    await moving.note(tx, event.merge, "desk", changed)


async def follow_undo(house: House, tx: Transaction, event: MergeUndone) -> None:
    """The same tabs, where they are still open."""
    keys = set(await moving.noted(tx, event.merge, "desk"))
    for session in await store.sessions_with_tab(tx, event.survivor):
        tabs = [
            replace(tab, url=turned_to(tab.url, event.survivor, event.former))
            if f"{session.staff}/{session.conversation or ''}/{tab.id}" in keys
            else tab
            for tab in session.tabs
        ]
        if tabs != list(session.tabs):
            await store.arrange_tabs(tx, session.staff, session.conversation, tabs, session.current_tab)
            await _tell(house, tx, session.staff)


def turned_to(url: str, former: str, survivor: str) -> str:
    """An address of the desk with one patient's id for another's."""
    return re.sub(rf"(?<=/patient/){re.escape(former)}(?=[/?]|$)|(?<=[?&]patient=){re.escape(former)}(?=&|$)",
                  lambda _: survivor, url)  # fmt: skip


async def _tell(house: House, tx: Transaction, staff: UUID) -> None:
    await house.streams.append(tx, f"desk:{staff}", "sessions", {}, audience="staff")
