"""Whoever tells the assistant to be forgotten, and confirms it, has asked for it; nobody else has."""

from typing import Any
from uuid import UUID

from sportello.administration.testing import staff_member
from sportello.bots.tests.chatting import Chat, chat
from sportello.conversations.linking import link_patient
from sportello.conversations.moves import move
from sportello.conversations.states import State
from sportello.kit.house import House
from sportello.scheduling.tests.conftest import GIULIA

PATIENT = str(GIULIA[0]["id"])
WISH, YES = "voglio che i miei dati siano cancellati", "Sì, la inoltri"


async def requests(house: House) -> list[dict[str, Any]]:
    rows = await house.db.fetch("select patient, came_by, conversation, state, asked_by from administration.erasure")
    return [dict(row) for row in rows]


async def confirmed(talk: Chat) -> None:
    assert "inoltrarla" in await talk.say(WISH)
    await talk.say(YES)
    assert await talk.is_with_people()


async def linked(house: House, talk: UUID, patient: str | None) -> None:
    elena = await staff_member(house, "agent")
    given = {"agent": UUID(elena.id), "agent_name": elena.name}
    async with house.db.transaction() as tx:
        state = await tx.fetchval("select state from conversations.conversation where id = $1", talk)
        if state == "queued":
            await move(house, tx, talk, State.ACTIVE, expected=State.QUEUED, by=elena, **given)
        await link_patient(house, tx, talk, patient, elena)


async def test_a_signed_in_patient_who_confirms_has_asked_and_once(clinic: House) -> None:
    for _ in range(2):  # again in another conversation, while the first is not decided
        talk = await chat(clinic, PATIENT)
        await confirmed(talk)
    (one,) = await requests(clinic)
    assert (one["patient"], one["came_by"], one["state"]) == (PATIENT, "conversation", "asked")
    trail = await clinic.db.fetch(
        "select patient from administration.audit_event where action = 'privacy.erasure_asked'"
    )
    assert [row["patient"] for row in trail] == [PATIENT]


async def test_a_guest_has_asked_once_an_agent_knows_who_it_is(clinic: House) -> None:
    talk = await chat(clinic, None)
    await confirmed(talk)
    assert await requests(clinic) == []
    await linked(clinic, talk.talk, PATIENT)
    (one,) = await requests(clinic)
    assert (one["patient"], one["conversation"], one["state"]) == (PATIENT, talk.talk, "asked")


async def test_who_declines_or_wants_a_person_instead_has_not_asked(clinic: House) -> None:
    talk = await chat(clinic, PATIENT)
    await talk.say(WISH)
    await talk.say("No, lasci stare")
    await talk.say("vorrei parlare con un operatore")
    assert await talk.is_with_people()
    undecided = await chat(clinic, PATIENT)
    await undecided.say(WISH)
    await undecided.say("vorrei parlare con un operatore")
    assert await undecided.is_with_people()
    consent = await chat(clinic, PATIENT)
    await consent.say("ritiro il consenso")
    await consent.say("Non acconsento")
    await consent.say("Parlare con una persona")
    assert await consent.is_with_people()
    assert await requests(clinic) == []
    topics = await clinic.db.fetch("select topic from conversations.conversation")
    assert "privacy" in {row["topic"] for row in topics}, "agents are told the topic all the same"
