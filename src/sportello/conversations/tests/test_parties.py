"""Colleagues in a conversation: who reads, who writes, what the patient hears of it, and how it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from sportello.administration.actor import Actor
from sportello.conversations import inviting, parties
from sportello.conversations.ending import end
from sportello.conversations.moves import NotPossible, locked
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.conversations.store import parties as kept
from sportello.conversations.store.parties import Invitation
from sportello.conversations.tests.cast import current
from sportello.conversations.tests.line import Doors
from sportello.kit.house import House
from sportello.kit.streams.tests.talking import tab

Begin = Callable[..., Awaitable[Conversation]]


async def ask(house: House, talk: Conversation, by: Actor, asked: Actor, kind: str, **more: Any) -> Invitation:
    return await house.db.run(
        lambda tx: inviting.invite(
            house, tx, talk.id, kind=kind, asked=UUID(asked.id), asked_name=asked.name, by=by, **more  # type: ignore[arg-type]
        )
    )  # fmt: skip


async def accept(house: House, asked: Invitation, actor: Actor) -> Conversation:
    return await house.db.run(lambda tx: inviting.accept(house, tx, asked.id, actor))


async def leave(house: House, talk: Conversation, actor: Actor, staff: Actor | None = None) -> None:
    async def work(tx: Any) -> None:
        await parties.leave(house, tx, await locked(tx, talk.id), actor, UUID(staff.id) if staff else None)

    await house.db.run(work)


async def told(house: House, who: Actor) -> list[tuple[str, str]]:
    events = await house.streams.since(f"desk:{who.id}", 0)
    return [(e.kind, e.body.get("why", "")) for e in events if e.kind.startswith(("invitation", "answered"))]


async def test_the_consulted_reads_and_whispers_and_the_patient_knows_nothing(
    house: House, server: str, doors: Doors, begin: Begin, elena: Actor, davide: Actor
) -> None:
    talk = await begin(State.ACTIVE, elena)
    doors.staff(elena, davide)
    doors.patient("giulia", talk)
    async with tab(server, "davide") as colleague, tab(server, "giulia") as giulia, tab(server, "elena") as agent:
        await giulia.follow(talk.stream)
        await agent.follow(talk.stream)
        await colleague.say(t="follow", s=talk.stream)
        assert (await colleague.next("no"))["code"] == "forbidden", "nobody reads before they are asked"
        asked = await ask(house, talk, elena, davide, "consult", note="Che ne pensi?")
        await accept(house, asked, davide)
        await colleague.follow(talk.stream)
        assert (await colleague.post(talk.stream, "Direi di sì", kind="note"))["t"] == "ack"
        assert (await colleague.post(talk.stream, "Buongiorno"))["code"] == "forbidden"
        await colleague.say(t="typing", s=talk.stream)
        await colleague.say(t="seen", s=talk.stream, n=4)
        await leave(house, talk, davide)
        assert (await colleague.next("no"))["code"] == "forbidden", "whoever left is told nothing more"
        assert (await colleague.post(talk.stream, "ancora", kind="note"))["code"] == "forbidden"
        await agent.post(talk.stream, "Mi dica")
        while (await giulia.next("ev"))["k"] != "message":
            pass
        assert {f["k"] for f in giulia.told if f["t"] == "ev"} == {"moved", "message"}
        assert not [f for f in giulia.told if f["t"] in ("typing", "seen")]
    mine = [e for e in await house.streams.since(talk.stream, 0) if e.kind == "party"]
    assert [(e.body["event"], e.body["what"], e.body["name"], e.audience) for e in mine] == [
        ("asked", "consult", "Davide Greco", "staff"),
        ("joined", "consult", "Davide Greco", "staff"),
        ("left", "consult", "Davide Greco", "staff"),
    ]
    assert mine[0].body["note"] == "Che ne pensi?"
    assert (await current(house, talk.id)).agent == UUID(elena.id)


async def test_a_member_writes_to_the_patient_until_removed(
    house: House, server: str, doors: Doors, begin: Begin, elena: Actor, davide: Actor
) -> None:
    talk = await begin(State.ACTIVE, elena)
    doors.staff(elena, davide)
    doors.patient("giulia", talk)
    await accept(house, await ask(house, talk, elena, davide, "join"), davide)
    async with tab(server, "davide") as second, tab(server, "giulia") as giulia:
        await giulia.follow(talk.stream)
        await second.follow(talk.stream)
        assert (await second.post(talk.stream, "Buongiorno, sono Davide"))["t"] == "ack"
        await leave(house, talk, elena, davide)
        answers = [await second.post(talk.stream, "e poi"), await second.post(talk.stream, "nota", kind="note")]
        assert {answer.get("code") for answer in answers} == {"forbidden"}
        while not [f for f in giulia.told if f.get("k") == "party" and f["b"]["event"] == "left"]:
            await giulia.next("ev")
        said = [(f["k"], f["b"].get("name")) for f in giulia.told if f["t"] == "ev" and f["k"] != "moved"]
        assert said == [("party", "Davide Greco"), ("message", "Davide Greco"), ("party", "Davide Greco")]


async def test_a_transfer_waits_for_its_answer(
    house: House, begin: Begin, elena: Actor, davide: Actor, marta: Actor
) -> None:
    talk = await begin(State.ACTIVE, elena)
    first = await ask(house, talk, elena, davide, "transfer", note="Parla solo di cardiologia")
    assert (await current(house, talk.id)).agent == UUID(elena.id), "the first keeps it until it is accepted"
    again = await ask(house, talk, elena, davide, "transfer")
    assert again.id == first.id, "a second click asks once"
    with pytest.raises(NotPossible) as refused:
        await ask(house, talk, elena, marta, "transfer")
    assert refused.value.code == "asked"
    await house.db.run(lambda tx: inviting.decline(house, tx, first.id, davide))
    await house.db.run(lambda tx: inviting.decline(house, tx, first.id, davide))
    assert ("answered", "declined") in await told(house, elena)
    second = await ask(house, talk, elena, marta, "transfer")
    moved = await accept(house, second, marta)
    assert (moved.state, moved.agent, moved.agent_name) == (State.ACTIVE, UUID(marta.id), "Marta Ricci")
    assert (await accept(house, second, marta)).agent == UUID(marta.id), "accepting twice is accepting once"
    with pytest.raises(NotPossible) as over:
        await accept(house, first, davide)
    assert over.value.code == "invitation-declined"
    with pytest.raises(NotPossible) as unknown:
        await accept(house, second, davide)
    assert unknown.value.code == "unknown"


async def test_no_answer_in_time_is_told_to_whoever_asked(
    house: House, begin: Begin, elena: Actor, davide: Actor
) -> None:
    talk = await begin(State.ACTIVE, elena)
    asked = await ask(house, talk, elena, davide, "transfer", seconds=5)
    await house.db.execute("update conversations.invitation set expires_at = now() - interval '1 s'")
    await inviting_lapses(house, asked)
    await inviting_lapses(house, asked)
    assert await told(house, davide) == [("invitation", ""), ("invitation-ended", "lapsed")]
    assert await told(house, elena) == [("answered", "lapsed")]
    with pytest.raises(NotPossible) as late:
        await accept(house, asked, davide)
    assert late.value.code == "invitation-lapsed"
    assert (await current(house, talk.id)).agent == UUID(elena.id)


async def inviting_lapses(house: House, asked: Invitation) -> None:
    await house.db.run(lambda tx: inviting.lapse(house, tx, {"invitation": str(asked.id)}))


async def test_an_invitation_ends_as_a_job_of_its_own(house: House, begin: Begin, elena: Actor, davide: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    await ask(house, talk, elena, davide, "consult", seconds=0)
    async with asyncio.timeout(5):
        while ("answered", "lapsed") not in await told(house, elena):
            await asyncio.sleep(0.02)


async def test_whoever_is_asked_can_be_spared(
    house: House, begin: Begin, elena: Actor, davide: Actor, marta: Actor
) -> None:
    talk = await begin(State.ACTIVE, elena)
    asked = await ask(house, talk, elena, davide, "consult")
    with pytest.raises(NotPossible):
        await house.db.run(lambda tx: inviting.withdraw(house, tx, asked.id, davide))
    await house.db.run(lambda tx: inviting.withdraw(house, tx, asked.id, elena))
    assert await told(house, davide) == [("invitation", ""), ("invitation-ended", "withdrawn")]
    assert await told(house, elena) == []
    # A supervisor may ask for a colleague's conversation, another agent may not.
    assert await ask(house, talk, marta, davide, "join")
    with pytest.raises(NotPossible) as refused:
        await ask(house, talk, davide, marta, "consult")
    assert refused.value.code == "not-yours"


@pytest.mark.parametrize("how", ["ended", "queued", "transferred"])
async def test_when_the_talk_goes_on_elsewhere_nobody_is_left_in_it(
    house: House, begin: Begin, elena: Actor, davide: Actor, marta: Actor, how: str
) -> None:
    from sportello.conversations.moves import move

    talk = await begin(State.ACTIVE, elena)
    await accept(house, await ask(house, talk, elena, davide, "join"), davide)
    asked = await ask(house, talk, elena, marta, "consult")
    if how == "ended":
        await house.db.run(lambda tx: end(house, tx, talk.id, elena))
    elif how == "queued":
        await house.db.run(
            lambda tx: move(house, tx, talk.id, State.QUEUED, expected=State.ACTIVE, by=elena, queue="general")
        )
    else:
        await accept(house, await ask(house, talk, elena, davide, "transfer"), davide)
    left = await kept.present(house.db, talk.id)
    assert [one.name for one in left] == []
    assert await kept.open_invitations(house.db, talk.id) == []
    with pytest.raises(NotPossible) as over:
        await accept(house, asked, marta)
    assert over.value.code == "invitation-withdrawn"


async def test_the_advised_may_be_asked_to_write_and_then_to_take_it(
    house: House, begin: Begin, elena: Actor, davide: Actor
) -> None:
    talk = await begin(State.ACTIVE, elena)
    for kind, role in (("consult", "consulted"), ("join", "member")):
        await accept(house, await ask(house, talk, elena, davide, kind), davide)
        assert [one.role for one in await kept.present(house.db, talk.id)] == [role]
        with pytest.raises(NotPossible) as twice:
            await ask(house, talk, elena, davide, kind)
        assert twice.value.code == "takes-part"
    moved = await accept(house, await ask(house, talk, elena, davide, "transfer"), davide)
    assert moved.agent == UUID(davide.id)
    assert await kept.present(house.db, talk.id) == []


async def test_it_is_on_record_who_asked_whom(house: House, begin: Begin, elena: Actor, davide: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    await accept(house, await ask(house, talk, elena, davide, "consult"), davide)
    await leave(house, talk, elena, davide)
    rows = await house.db.fetch(
        "select action from administration.audit_event where entity = $1 order by seq", str(talk.id)
    )  # fmt: skip
    actions = [row["action"] for row in rows]
    assert actions == [
        "conversation.invited", "conversation.invitation_accepted", "conversation.party_removed",
    ]  # fmt: skip
    assert timedelta(0) < house.clock.now() - talk.created_at
