"""Sessions follow conversations, whoever moves them; streams of the desk are for their own people."""

from uuid import UUID

from sportello.administration.actor import Actor
from sportello.conversations import ending
from sportello.conversations.linking import link_patient
from sportello.conversations.moves import move
from sportello.conversations.states import State
from sportello.desk import store, views
from sportello.desk.gates import BoardGate, DeskGate
from sportello.desk.tests.conftest import Begin
from sportello.kit.house import House
from sportello.kit.streams import Listener
from sportello.record.tests.cast import GIULIA, admit


async def open_sessions(house: House, staff: Actor) -> list[UUID | None]:
    async with house.db.transaction() as tx:
        return [session.conversation for session in await store.sessions_of(tx, UUID(staff.id))]


async def test_a_transfer_moves_the_session(house: House, begin: Begin, elena: Actor, davide: Actor) -> None:
    talk = await begin(elena)
    assert await open_sessions(house, elena) == [talk.id]
    given = {"agent": UUID(davide.id), "agent_name": davide.name}
    await house.db.run(lambda tx: move(house, tx, talk.id, State.ACTIVE, expected=State.ACTIVE, by=elena, **given))
    assert await open_sessions(house, elena) == []
    assert await open_sessions(house, davide) == [talk.id]


async def test_back_in_the_queue_the_session_is_gone(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(elena)
    await house.db.run(lambda tx: move(house, tx, talk.id, State.QUEUED, expected=State.ACTIVE, by=elena))
    assert await open_sessions(house, elena) == []


async def test_the_session_stays_for_the_after_work(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(elena)
    await house.db.run(lambda tx: ending.end(house, tx, talk.id, elena))
    assert await open_sessions(house, elena) == [talk.id]
    await house.db.run(lambda tx: ending.close(house, tx, talk.id, elena, note="Fatto."))
    assert await open_sessions(house, elena) == []


async def test_what_did_not_happen_opens_no_session(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(None)
    given = {"agent": UUID(elena.id), "agent_name": elena.name}
    try:
        async with house.db.transaction() as tx:
            await move(house, tx, talk.id, State.ACTIVE, expected={State.QUEUED, State.OFFERED}, by=elena, **given)
            raise RuntimeError
    except RuntimeError:
        pass
    assert await open_sessions(house, elena) == []


async def test_a_patient_who_is_recognised_gets_a_tab(house: House, begin: Begin, elena: Actor) -> None:
    await admit(house)
    talk = await begin(elena)
    await house.db.run(lambda tx: link_patient(house, tx, talk.id, GIULIA, elena))
    async with house.db.transaction() as tx:
        session = await store.session_of(tx, UUID(elena.id), talk.id)
    assert session is not None
    assert [tab.kind for tab in session.tabs] == ["script", "patient"]


async def test_streams_of_the_desk_are_for_their_own(house: House, elena: Actor, davide: Actor) -> None:
    gate = DeskGate()
    own = Listener("staff", elena.id)
    assert await gate.may_follow(house, own, f"desk:{elena.id}") is not None
    assert await gate.may_follow(house, own, f"desk:{davide.id}") is None
    assert await gate.may_follow(house, Listener("patient", elena.id), f"desk:{elena.id}") is None
    board = BoardGate()
    assert await board.may_follow(house, Listener("staff", elena.id, permissions=elena.permissions), "board")
    assert await board.may_follow(house, own, "board") is None


async def test_a_session_opens_with_the_tabs_of_its_workstream() -> None:
    offered = [views.Choice(key, f"/desk/{key}", key, "", "", "") for key in ("patient", "timeline", "script")]
    opened = views.first_tabs(offered, ("script", "timeline", "unknown", "script"), "welcome", "c-1")
    assert [(tab.kind, tab.url) for tab in opened] == [
        ("script", "/desk/scripts/welcome?conversation=c-1"),
        ("timeline", "/desk/timeline"),
    ]
