"""The gate over a real socket: who follows, who writes, what each hears, and what is on record."""

import asyncio
from uuid import UUID, uuid4

import pytest

from sportello.administration.actor import SYSTEM, Actor
from sportello.conversations.ending import end
from sportello.conversations.handover import escalate
from sportello.conversations.moves import move
from sportello.conversations.notes import write_note
from sportello.conversations.states import State
from sportello.conversations.tests.cast import current, go
from sportello.conversations.tests.conftest import Begin
from sportello.conversations.tests.line import Doors
from sportello.fhir import store as resources
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.streams.tests.talking import tab


async def reads(house: House, action: str = "conversation.read") -> int:
    return int(await house.db.fetchval("select count(*) from administration.audit_event where action = $1", action))


async def test_patient_and_agent_talk(house: House, server: str, doors: Doors, begin: Begin, elena: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    doors.staff(elena)
    doors.patient("giulia", talk)
    async with tab(server, "giulia") as giulia, tab(server, "elena") as agent:
        await giulia.follow(talk.stream)
        start = await agent.follow(talk.stream)
        hostile = "<img src=x onerror=alert(1)> مرحبا 👩🏽‍⚕️"
        acked = await giulia.post(talk.stream, hostile)
        heard = await agent.next("ev")
        while heard["k"] != "message":
            heard = await agent.next("ev")
        assert acked["n"] == heard["n"] > start
        assert (heard["by"], heard["b"]) == ("patient", {"text": hostile, "name": "Giulia"})
        await agent.post(talk.stream, "Buongiorno Giulia")
        answer = await giulia.next("ev")
        while answer["k"] != "message" or answer["by"] == "patient":
            answer = await giulia.next("ev")
        assert (answer["by"], answer["b"]["name"]) == (f"agent:{elena.id}", "Elena Conti")
        await giulia.say(t="typing", s=talk.stream)
        assert (await agent.next("typing"))["by"] == "patient"
        await agent.say(t="typing", s=talk.stream)
        passed = await giulia.next("typing")
        assert passed["by"] == "patient", "the sender hears its own sign and passes it over"
        assert (await giulia.next("typing"))["by"] == "agent"


async def test_a_patient_hears_neither_notes_nor_context(
    house: House,
    server: str,
    doors: Doors,
    begin: Begin,
    elena: Actor,
) -> None:
    talk = await begin(State.ACTIVE, elena)
    doors.staff(elena)
    doors.patient("giulia", talk)
    async with tab(server, "giulia") as giulia, tab(server, "elena") as agent:
        await giulia.follow(talk.stream)
        await agent.follow(talk.stream)
        assert (await agent.post(talk.stream, "sembra agitata", kind="note"))["t"] == "ack"
        assert (await giulia.post(talk.stream, "una nota?", kind="note"))["code"] == "forbidden"
        assert (await giulia.post(talk.stream, "sistema?", kind="moved"))["code"] == "forbidden"
        await agent.post(talk.stream, "Mi dica")
        await giulia.next("ev")
        await asyncio.sleep(0.1)
        await giulia.post(talk.stream, "fine")
        kinds = {f["k"] for f in giulia.told if f["t"] == "ev"}
        assert kinds == {"moved", "message"}
        assert {"note", "context"} <= {f["k"] for f in agent.told if f["t"] == "ev"}
    assert await reads(house, "conversation.noted") == 1


async def test_strangers_and_other_agents_get_nothing(
    house: House,
    server: str,
    doors: Doors,
    begin: Begin,
    elena: Actor,
    davide: Actor,
) -> None:
    talk = await begin(State.ACTIVE, elena)
    other = await begin(patient_id=None, visitor_name="Anna")
    doors.staff(davide)
    doors.patient("anna", other)
    for who in ("stranger", "anna", "davide"):
        async with tab(server, who) as line:
            for stream in (talk.stream, f"conversation:{uuid4()}", "conversation:x", "conversation:", "conversation"):
                await line.say(t="follow", s=stream)
                assert (await line.next("no"))["code"] == "forbidden"
                assert (await line.post(stream, "ciao"))["code"] in ("forbidden",)
    assert [e.kind for e in await house.streams.since(talk.stream, 0)] == ["context", "moved", "moved"]


async def test_a_signed_in_patient_reaches_what_was_opened_signed_in_but_not_what_was_linked(
    house: House,
    begin: Begin,
    doors: Doors,
) -> None:
    from sportello.conversations.linking import link_patient
    from sportello.kit.streams import Listener, authority

    giulia = Listener("patient", "giulia", "Giulia Ferri")
    own = await begin()
    assert (await authority.grant(house, giulia, own.stream)) is not None
    foreign = await begin(patient_id=None, visitor_name="")
    async with house.db.transaction() as tx:
        await resources.put(tx, {"resourceType": "Patient", "id": "giulia", "name": [{"family": "Ferri"}]})
    await house.db.run(lambda tx: link_patient(house, tx, foreign.id, "giulia", SYSTEM))
    assert (await current(house, foreign.id)).patient_id == "giulia"
    assert (await authority.grant(house, giulia, foreign.stream)) is None


async def test_a_supervisor_reads_along_and_is_on_record_once(
    house: House,
    server: str,
    doors: Doors,
    begin: Begin,
    elena: Actor,
    marta: Actor,
) -> None:
    talk = await begin(State.ACTIVE, elena)
    doors.staff(elena, marta)
    doors.patient("giulia", talk)
    async with tab(server, "elena") as agent, tab(server, "giulia") as giulia:
        await agent.follow(talk.stream)
        await giulia.follow(talk.stream)
        for _ in range(3):
            async with tab(server, "marta") as reader:
                assert await reader.follow(talk.stream) >= 3
                assert (await reader.post(talk.stream, "io"))["code"] == "forbidden"
                await reader.say(t="typing", s=talk.stream)
                await reader.say(t="seen", s=talk.stream, n=3)
        await giulia.post(talk.stream, "ancora qui")
        await agent.next("ev")
        assert not [f for f in agent.told + giulia.told if f["t"] in ("typing", "seen")]
    assert await reads(house) == 1


async def test_who_gives_it_away_hears_nothing_more(
    house: House,
    server: str,
    doors: Doors,
    begin: Begin,
    elena: Actor,
    davide: Actor,
) -> None:
    talk = await begin(State.ACTIVE, elena)
    doors.staff(elena, davide)
    doors.patient("giulia", talk)
    async with tab(server, "elena") as agent, tab(server, "giulia") as giulia:
        await agent.follow(talk.stream)
        await giulia.follow(talk.stream)
        await house.db.run(
            lambda tx: move(
                house,
                tx,
                talk.id,
                State.ACTIVE,
                expected=State.ACTIVE,
                by=elena,
                agent=UUID(davide.id),
                agent_name=davide.name,
            )
        )
        assert (await agent.next("no"))["code"] == "forbidden"
        await giulia.post(talk.stream, "per Davide")
        assert (await agent.post(talk.stream, "e io?"))["code"] == "forbidden"
        assert "per Davide" not in str(agent.told)
        async with tab(server, "davide") as second:
            await second.follow(talk.stream)
            assert (await second.post(talk.stream, "eccomi"))["t"] == "ack"


async def test_after_the_end_the_patient_is_told_in_words_and_the_agent_can_still_note(
    house: House,
    server: str,
    doors: Doors,
    begin: Begin,
    elena: Actor,
) -> None:
    talk = await begin(State.ACTIVE, elena)
    doors.staff(elena)
    doors.patient("giulia", talk)
    async with tab(server, "giulia") as giulia, tab(server, "elena") as agent:
        await giulia.follow(talk.stream)
        await agent.follow(talk.stream)
        await house.db.run(lambda tx: end(house, tx, talk.id, elena))
        for line in (giulia, agent):
            refused = await line.post(talk.stream, "aspetti!")
            assert (refused["code"], refused["text"]) == ("closed", "Questa conversazione è terminata.")
        assert (await agent.post(talk.stream, "richiamare domani", kind="note"))["t"] == "ack"
        await house.db.run(lambda tx: write_note(house, tx, talk.id, elena, "Fatto."))
        await go(house, talk.id, State.CLOSED, elena)
        assert (await giulia.post(talk.stream, "pronto?"))["code"] == "closed"


@pytest.mark.parametrize(
    ("body", "code"),
    [("", "empty"), ("   \n", "empty"), ("\u200b", "empty"), ("a" * 4001, "too-long"), ("a" * 70_000, "too-long")],
)
async def test_what_cannot_be_taken_is_refused_in_the_reader_s_words(
    house: House,
    server: str,
    doors: Doors,
    begin: Begin,
    body: str,
    code: str,
) -> None:
    talk = await begin()
    doors.patient("giulia", talk)
    async with tab(server, "giulia") as giulia:
        await giulia.follow(talk.stream)
        refused = await giulia.post(talk.stream, body)
        assert (refused["t"], refused["code"]) == ("no", code)
        assert refused["text"].startswith("Il messaggio è")


async def test_words_written_while_it_changes_hands_arrive_once_and_in_order(
    house: House,
    server: str,
    doors: Doors,
    begin: Begin,
    elena: Actor,
) -> None:
    talk = await begin()
    doors.patient("giulia", talk)
    sent = [str(number) for number in range(200)]

    async def write() -> None:
        async with tab(server, "giulia") as giulia:
            await giulia.follow(talk.stream)
            for text in sent:
                client_id = str(uuid7())
                # Handed on three times while it is on its way, the sender is asked to send it again.
                while (answer := await giulia.post(talk.stream, text, client_id=client_id))["t"] == "no":
                    assert answer["code"] == "later"
                    giulia.told.remove(answer)
                if text.endswith("5"):
                    assert (await giulia.post(talk.stream, text, client_id=client_id))["t"] == "ack"

    async def change_hands() -> None:
        await house.db.run(lambda tx: escalate(house, tx, talk.id, reason="asked"))
        for _ in range(15):
            for step in (State.OFFERED, State.QUEUED, State.ACTIVE, State.QUEUED):
                await asyncio.sleep(0.005)
                await go(house, talk.id, step, elena)

    await asyncio.gather(write(), change_hands())
    events = await house.streams.since(talk.stream, 0, 1000)
    assert [e.body["text"] for e in events if e.kind == "message"] == sent
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
