"""The end, the note, the closing and whom it concerns: by the right person, once, on record; through the doors."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sportello.administration.actor import Actor
from sportello.conversations import safekeeping
from sportello.conversations.ending import close, end, write_note
from sportello.conversations.moves import NotPossible
from sportello.conversations.safekeeping import Safekeeping
from sportello.conversations.states import State
from sportello.conversations.tests.cast import current
from sportello.conversations.tests.conftest import Begin
from sportello.fhir import store as resources
from sportello.kit.house import House
from sportello.kit.ids import uuid7

SignIn = Callable[..., Awaitable[Actor]]


async def trail(house: House) -> list[str]:
    rows = await house.db.fetch("select action from administration.audit_event where action like 'conv%' order by seq")
    return [row["action"] for row in rows]


async def test_a_double_click_ends_notes_and_closes_once(
    house: House, client: Any, sign_in: SignIn, begin: Begin, elena: Actor
) -> None:
    await sign_in(client, "agent")
    talk = await begin(State.ACTIVE, elena)
    path = f"/desk/conversations/{talk.id}"
    for verb, form, state in (
        ("end", {}, "wrap_up"),
        ("note", {"note": "Visita spostata al 3 dicembre."}, "wrap_up"),
        ("close", {}, "closed"),
    ):
        answers = await asyncio.gather(*(client.post(f"{path}/{verb}", data=form) for _ in range(3)))
        assert [a.status_code for a in answers] == [200] * 3, answers[0].text
        assert {a.json()["state"] for a in answers} == {state}
    moves = [e.body["to"] for e in await house.streams.since(talk.stream, 0) if e.kind == "moved"]
    assert moves == ["queued", "active", "wrap_up", "closed"]
    assert len([e for e in await house.streams.since(talk.stream, 0) if e.kind == "note"]) == 1
    assert await trail(house) == ["conversation.ended", "conversation.noted", "conversation.closed"]


async def test_it_is_not_closed_without_a_note(
    house: House, client: Any, sign_in: SignIn, begin: Begin, elena: Actor
) -> None:
    await sign_in(client, "agent")
    talk = await begin(State.WRAP_UP, elena)
    path = f"/desk/conversations/{talk.id}"
    refused = await client.post(f"{path}/close", data={"note": "  "})
    assert refused.status_code == 400
    assert refused.json()["error"].startswith("Prima di chiudere scriva una nota")
    for note, code in (("", "empty"), ("a" * 4001, "too-long")):
        answer = await client.post(f"{path}/note", data={"note": note})
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert (await current(house, talk.id)).state is State.WRAP_UP
    assert (await client.post(f"{path}/close", data={"note": "Fatto."})).json()["state"] == "closed"


async def test_other_agents_and_forged_ids_are_refused(
    house: House, client: Any, sign_in: SignIn, begin: Begin, elena: Actor
) -> None:
    talk = await begin(State.ACTIVE, elena)
    await sign_in(client, "agent", "davide")
    for verb in ("end", "close", "note", "patient"):
        answer = await client.post(f"/desk/conversations/{talk.id}/{verb}", data={"note": "x", "patient": "y"})
        assert answer.status_code in (403, 409), verb
        unknown = await client.post(f"/desk/conversations/{uuid7()}/{verb}", data={"note": "x"})
        assert unknown.status_code == 404, verb
        for forged in ("x", "1", "..%2f", "'", "00000000"):
            answer = await client.post(f"/desk/conversations/{forged}/{verb}", data={"note": "x"})
            assert answer.status_code == 404
    client.cookies.clear()
    assert (await client.post(f"/desk/conversations/{talk.id}/end")).status_code in (401, 403)
    assert (await current(house, talk.id)).state is State.ACTIVE


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (State.BOT, State.CLOSED),
        (State.QUEUED, State.CLOSED),
        (State.OFFERED, State.CLOSED),
        (State.ACTIVE, State.WRAP_UP),
        (State.WAITING, State.CLOSED),
        (State.WRAP_UP, State.WRAP_UP),
        (State.CLOSED, State.CLOSED),
    ],
)
async def test_the_patient_may_leave_from_anywhere(
    house: House, begin: Begin, elena: Actor, state: State, after: State
) -> None:
    talk = await begin(state, elena)
    giulia = Actor("patient", "giulia", "Giulia Ferri")
    ended = await house.db.run(lambda tx: end(house, tx, talk.id, giulia))
    assert ended.state is after
    assert (await current(house, talk.id)).state is after


async def test_a_supervisor_closes_from_anywhere_and_it_is_on_record(
    house: House, begin: Begin, elena: Actor, marta: Actor
) -> None:
    for state in (State.BOT, State.QUEUED, State.OFFERED, State.ACTIVE, State.WAITING, State.WRAP_UP):
        talk = await begin(state, elena)
        stranger = Actor("staff", str(uuid7()), "Luca Fontana", permissions=elena.permissions)
        with pytest.raises(NotPossible):
            await house.db.run(lambda tx, one=talk, who=stranger: close(house, tx, one.id, who))  # type: ignore[misc]
        await house.db.run(lambda tx, one=talk: close(house, tx, one.id, marta, "stuck"))  # type: ignore[misc]
        assert (await current(house, talk.id)).state is State.CLOSED
    assert await trail(house) == ["conversation.force_closed"] * 6


async def test_a_note_may_be_written_again_until_the_closing(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(State.WRAP_UP, elena)
    for text in ("Prima", "Seconda", "Seconda"):
        await house.db.run(lambda tx, t=text: write_note(house, tx, talk.id, elena, t))  # type: ignore[misc]
    assert (await current(house, talk.id)).wrap_up_note == "Seconda"
    await house.db.run(lambda tx: close(house, tx, talk.id, elena))
    with pytest.raises(NotPossible):
        await house.db.run(lambda tx: write_note(house, tx, talk.id, elena, "Terza"))


async def test_linking_is_told_and_on_record(
    house: House, client: Any, sign_in: SignIn, begin: Begin, elena: Actor
) -> None:
    await sign_in(client, "agent")
    refused = await client.post(f"/desk/conversations/{uuid7()}/patient", data={"patient": "giulia"})
    assert refused.json()["code"] == "check-first"
    await house.db.run(lambda tx: safekeeping.change(house, tx, elena, Safekeeping(check_first=False)))
    async with house.db.transaction() as tx:
        await resources.put(tx, {"resourceType": "Patient", "id": "giulia", "name": [{"family": "Ferri"}]})
    talk = await begin(State.ACTIVE, elena, patient_id=None, visitor_name="")
    for unknown in ("nobody", "a/b", "\u0007", "x" * 10_000):
        answer = await client.post(f"/desk/conversations/{talk.id}/patient", data={"patient": unknown})
        assert (answer.status_code, answer.json()["code"]) == (400, "no-patient"), unknown[:9]
    assert talk.visitor_name.startswith("Visitatore ")
    for patient in ("giulia", "giulia", ""):
        answer = await client.post(f"/desk/conversations/{talk.id}/patient", data={"patient": patient})
        assert answer.status_code == 200
        found = await current(house, talk.id)
        assert (found.patient_id, found.visitor_name) == ((patient, "Ferri") if patient else (None, talk.visitor_name))
    assert await trail(house) == ["conversation.settings", "conversation.linked", "conversation.unlinked"]
    told = [e for e in await house.streams.since(talk.stream, 0) if e.kind == "linked"]
    assert [e.audience for e in told] == ["staff", "staff"]
