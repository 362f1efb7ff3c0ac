"""Sessions follow conversations: one opens when an agent becomes responsible, and leaves when that ends."""

from uuid import UUID

from sportello.administration import store as administration
from sportello.conversations import store as conversations
from sportello.conversations.events import Moved, PartyChanged, PatientLinked
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.desk import store, views
from sportello.desk.rules import Tab
from sportello.desk.tabs import new_tab, open_tab
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.routing import planning


async def open_home(house: House, tx: Transaction, staff: UUID) -> None:
    """Home is there from the first visit on: the work, and the day's dashboard beside it."""
    work, day = new_tab("/desk/work", "work"), new_tab("/desk/dashboards/home", "my-day")
    await store.open_session(tx, staff, None, house.clock.now(), [work, day], work.id)


async def open_for(house: House, tx: Transaction, staff: UUID, conversation: Conversation) -> None:
    """Opens the agent's session of a conversation with its first tabs; open already, it stays as it is."""
    offered = views.choices(house, "en", await _permissions(tx, staff), conversation.patient_id, str(conversation.id))
    stream = (await planning.current(house, tx)).workstream(conversation.channel)
    tabs: tuple[Tab, ...] = views.first_tabs(offered, stream.tabs, stream.script, str(conversation.id))
    current = tabs[0].id if tabs else ""
    if await store.open_session(tx, staff, conversation.id, house.clock.now(), tabs, current):
        body = {"conversation": str(conversation.id)}
        await house.streams.append(tx, f"desk:{staff}", "session-opened", body, audience="staff")


async def _permissions(tx: Transaction, staff: UUID) -> frozenset[str]:
    row = await administration.staff_by_id(tx, staff)
    return frozenset(await administration.permissions_of(tx, row["role"])) if row else frozenset()


async def close_for(house: House, tx: Transaction, staff: UUID, conversation: UUID) -> None:
    """Closes the agent's session of a conversation, if there is one."""
    if await store.close_session(tx, staff, conversation):
        await house.streams.append(tx, f"desk:{staff}", "sessions", {}, audience="staff")


async def follow_moves(house: House, tx: Transaction, event: Moved) -> None:
    """A conversation changed hands or closed: the session opens at the new agent and leaves the former one."""
    gone = {event.former, event.agent} if event.target is State.CLOSED else {event.former} - {event.agent}
    for staff in gone - {None}:
        assert staff is not None
        await close_for(house, tx, staff, event.conversation)
    if event.agent and event.target is State.ACTIVE:
        conversation = await conversations.get(tx, event.conversation)
        if conversation:
            await open_for(house, tx, event.agent, conversation)


async def follow_parties(house: House, tx: Transaction, event: PartyChanged) -> None:
    """A colleague's session of somebody else's conversation opens and closes with their part in it."""
    conversation = await conversations.get(tx, event.conversation)
    if conversation is None or conversation.agent == event.staff:
        return
    if event.present:
        await open_for(house, tx, event.staff, conversation)
    else:
        await close_for(house, tx, event.staff, event.conversation)


async def follow_links(house: House, tx: Transaction, event: PatientLinked) -> None:
    """The visitor turned out to be a patient: the patient's tab joins the session."""
    conversation = await conversations.get(tx, event.conversation)
    session = (
        await store.session_of(tx, conversation.agent, event.conversation)
        if conversation and conversation.agent
        else None
    )
    if session is None or event.patient_id is None:
        return
    tab = new_tab(f"/desk/patient/{event.patient_id}", "patient")
    await open_tab(house, tx, session.staff, event.conversation, tab)
    await house.streams.append(tx, f"desk:{session.staff}", "sessions", {}, audience="staff")
