"""Links into the desk: to a session and one of its tabs. Whoever has the session finds the tab opened in it; for others
the tab opens at Home, a conversation that they may read included.
"""

from urllib.parse import quote
from uuid import UUID

from sportello.administration.actor import Actor
from sportello.conversations import reading
from sportello.conversations import store as talks
from sportello.desk import sessions, store, tabs
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import as_uuid


async def follow(house: House, tx: Transaction, actor: Actor, session: str, tab: str, kind: str) -> str:
    """Opens what the link names, and answers where the desk shows it."""
    staff, conversation = UUID(actor.id), as_uuid(session)
    await sessions.open_home(house, tx, staff)
    own = await store.session_of(tx, staff, conversation) if conversation else None
    wanted = [(tab, kind)] if tab else []
    if conversation and own is None and await to_read(tx, actor, conversation):
        wanted.insert(0, (f"/desk/conversations/{conversation}", "conversation"))
    for url, what in wanted:
        try:
            await tabs.open_tab(house, tx, staff, conversation if own else None, tabs.new_tab(url, what))
        except tabs.NotShown:
            continue
    return f"/desk/sessions/{conversation}" if own else "/desk"


async def to_read(tx: Transaction, actor: Actor, conversation: UUID) -> str:
    """The link that shows a conversation to be read; "" for whoever may not read it."""
    talk = await talks.get(tx, conversation)
    if talk is None or not await reading.may_look(tx, talk, actor):
        return ""
    return f"/desk?session=home&tab={quote(f'/desk/conversations/{conversation}')}&kind=conversation"
