"""Puts together what the desk shows from the rooms that know: conversations, routing, and the agent's own sessions."""

from typing import Any
from uuid import UUID

from msgspec.structs import replace

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations import reading, transcript
from sportello.conversations import store as talks
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.conversations.store.work import several
from sportello.desk import sharing, store, views
from sportello.desk.store import Session
from sportello.desk.views import SessionItem, SessionView, TabsView
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.scheduling import waiting as freed

QUEUE_SHOWN = 20


async def session_items(house: House, tx: Transaction, actor: Actor) -> list[SessionItem]:
    """The agent's sessions for the list, in the order in which they were opened."""
    sessions = await store.sessions_of(tx, UUID(actor.id))
    known = await several(tx, [one.conversation for one in sessions if one.conversation])
    items = []
    for session in sessions:
        if conversation := known.get(session.conversation) if session.conversation else None:
            item = item_of(conversation, actor.language)
            # What is unread is counted for the agent who has it.
            items.append(item if conversation.agent == session.staff else replace(item, unread=0))
    return items


def item_of(conversation: Conversation, language: str) -> SessionItem:
    """A conversation as a line of a list."""
    name, kind = views.state_words(conversation.state, language)
    return SessionItem(
        id=str(conversation.id),
        name=conversation.visitor_name,
        topic=views.topic_words(conversation.topic, language),
        state_name=name,
        state_kind=kind,
        unread=conversation.unread,
        waiting_since=conversation.waiting_since,
    )


async def session_view(house: House, tx: Transaction, actor: Actor, conversation_id: UUID) -> SessionView | None:
    """A session for the stage; None when the agent has none of this conversation."""
    session = await store.session_of(tx, UUID(actor.id), conversation_id)
    conversation = await talks.get(tx, conversation_id) if session else None
    if session is None or conversation is None:
        return None
    mine = conversation.agent == session.staff
    role = "owner" if mine else await reading.takes_part(tx, actor, conversation_id)
    return await _view(
        house,
        tx,
        actor,
        conversation,
        session,
        writable=role in ("owner", "member") and conversation.state in (State.ACTIVE, State.WAITING),
        wrap_up=mine and conversation.state is State.WRAP_UP,
        role=role,
    )


async def read_along(house: House, tx: Transaction, actor: Actor, conversation_id: UUID) -> SessionView | None:
    """A conversation for somebody who only reads; that they did is on record."""
    conversation = await reading.opened(house, tx, actor, conversation_id)
    return None if conversation is None else await _view(house, tx, actor, conversation, None)


async def _view(
    house: House,
    tx: Transaction,
    actor: Actor,
    conversation: Conversation,
    session: Session | None,
    *,
    writable: bool = False,
    wrap_up: bool = False,
    role: str = "",
) -> SessionView:
    language = actor.language
    state_text, state_kind = views.state_words(conversation.state, language)
    page = await transcript.page(house, conversation, reader=tx)
    name = conversation.visitor_name
    return SessionView(
        id=str(conversation.id),
        name=name,
        title=name,
        patient=conversation.patient_id,
        state=conversation.state.value,
        state_text=state_text,
        state_kind=state_kind,
        topic=views.topic_words(conversation.topic, language),
        reason_text=views.reason_words(conversation.reason, language),
        summary=conversation.summary_in(language),
        language=conversation.language,
        language_text=views.LANGUAGE_NAMES.get(conversation.language, conversation.language),
        started_at=conversation.created_at,
        last_seq=page.last,
        messages=page.rows,
        complete=page.complete,
        quiet=session is None,
        writable=writable,
        wrap_up=wrap_up,
        wrap_up_note=conversation.wrap_up_note,
        draft=session.draft if session else "",
        tabs=views.tab_views(house, session, language) if session else (),
        current_tab=session.current_tab if session else "",
        choices=_choices(house, actor, conversation),
        linkable=role == "owner" and writable and conversation.patient_id is None and actor.may("patient.link"),
        role=role,
        owner_name=conversation.agent_name,
        sharing=await sharing.sharing(tx, actor, conversation),
    )


def _choices(house: House, actor: Actor, conversation: Conversation | None) -> list[views.Choice]:
    patient = conversation.patient_id if conversation else None
    return views.choices(
        house, actor.language, actor.permissions, patient, str(conversation.id) if conversation else None
    )


async def tabs_view(house: House, tx: Transaction, actor: Actor, conversation_id: UUID | None) -> TabsView | None:
    """The row of tabs of a session or of Home."""
    session = await store.session_of(tx, UUID(actor.id), conversation_id)
    if session is None:
        return None
    conversation = await talks.get(tx, conversation_id) if conversation_id else None
    return TabsView(
        id=str(conversation_id or "home"),
        tabs=views.tab_views(house, session, actor.language),
        current_tab=session.current_tab,
        choices=_choices(house, actor, conversation),
    )


async def work(house: House, tx: Transaction, actor: Actor) -> dict[str, Any]:
    """The agent's conversations and those who wait, as far as they are shown at a glance."""
    mine = await talks.of_agent(tx, UUID(actor.id))
    waiting = await talks.queued(tx, QUEUE_SHOWN)
    counts = await talks.count_by_state(tx)
    return {
        "mine": [item_of(one, actor.language) for one in mine],
        "queue": [item_of(one, actor.language) for one in waiting],
        "waiting": counts.get(State.QUEUED, 0) + counts.get(State.OFFERED, 0),
        "levels": await store.wait_levels(tx),
        "openings": await freed.to_offer(house, tx) if actor.may(Permission.APPOINTMENT_BOOK) else 0,
    }
