"""Quick replies and mentions: whose they are, what is refused, who is called, and what a call opens."""

from uuid import UUID

import pytest

from sportello.administration.actor import Actor
from sportello.conversations import mentions, reading, replies
from sportello.conversations.mentions import called
from sportello.conversations.replies import Refused, Written, filled
from sportello.conversations.states import State
from sportello.conversations.store import mentions as kept_mentions
from sportello.conversations.store import replies as store
from sportello.conversations.tests.conftest import Begin
from sportello.kit.house import House
from sportello.kit.ids import uuid7


def test_places_without_a_value_stay_as_they_are_written() -> None:
    text = "Buongiorno {patient.given}, {appointment.start} {no} {{x}}"
    values = {"patient.given": "Giulia {agent.name}", "agent.name": "Elena", "appointment.start": ""}
    assert filled(text, values) == "Buongiorno Giulia {agent.name}, {appointment.start} {no} {{x}}"


async def test_whose_replies_are_whose(house: House, elena: Actor, davide: Actor, marta: Actor) -> None:
    async def save(by: Actor, **said: object) -> store.Reply:
        return await house.db.run(lambda tx: replies.save(house, tx, by, Written(**said)))  # type: ignore[arg-type]

    own = await save(elena, shortcut="/Perché No", tags="#Visita, orari", text_it="Perché no?")
    assert (own.shortcut, own.tags, own.staff) == ("perche-no", ["visita", "orari"], UUID(elena.id))
    with pytest.raises(Refused):
        await save(elena, shortcut="per-tutti", text_it="x", shared=True)
    shared = await save(marta, shortcut="perche-no", text_en="Why not?", shared=True)
    assert [one.id for one in await store.all_of(house.db, UUID(elena.id))] == [own.id, shared.id]
    assert [one.id for one in await store.all_of(house.db, UUID(davide.id))] == [shared.id]
    for by, reply in ((elena, shared), (davide, own), (marta, own)):
        with pytest.raises(Refused):
            await save(by, id=reply.id, shortcut="mia", text_it="x")
        with pytest.raises(Refused):
            await house.db.run(lambda tx, by=by, reply=reply: replies.remove(house, tx, by, reply.id))
    for said, field in (
        ({"shortcut": "", "text_it": "x"}, "shortcut"),
        ({"shortcut": "perche-no", "text_it": "x"}, "shortcut"),
        ({"shortcut": "a", "text_it": " "}, "text_it"),
        ({"shortcut": "a", "text_en": "{patient.secret}"}, "text_en"),
        ({"shortcut": "a", "text_en": "x" * 2001}, "text_en"),
    ):
        with pytest.raises(Refused) as refused:
            await save(elena, **said)
        assert list(refused.value.errors) == [field]
    assert replies.in_language(shared, "it") == "Why not?"
    await house.db.run(lambda tx: replies.remove(house, tx, elena, own.id))
    assert [one.id for one in await store.all_of(house.db, UUID(elena.id))] == [shared.id]


def test_the_longest_name_is_called() -> None:
    anna, annina = uuid7(), uuid7()
    people = [(anna, "Anna Rossi"), (annina, "Anna Rossini")]
    assert called("ciao @anna rossini, puoi?", people) == [annina]
    assert called("@Anna Rossi e @Anna Rossini", people) == [annina, anna]
    assert called("anna@rossi.it @Anna", people) == []


async def test_a_mention_opens_the_conversation_to_the_colleague(
    house: House, begin: Begin, elena: Actor, davide: Actor
) -> None:
    talk = await begin(State.ACTIVE, elena)

    async def may(who: Actor) -> bool:
        async with house.db.transaction() as tx:
            return await reading.opened(house, tx, who, talk.id) is not None

    assert not await may(davide)
    note = uuid7()
    for _ in range(2):
        await house.db.run(lambda tx: mentions.tell(house, tx, talk, elena, "@Davide Greco @Elena Conti?", note))
    assert await may(davide)
    told = await house.db.fetch("select stream from kit.event where kind = 'mention'")
    assert [row["stream"] for row in told] == [f"desk:{davide.id}"]
    unseen = await kept_mentions.unseen(house.db, UUID(davide.id))
    assert [(one.conversation, one.by_name) for one in unseen] == [(talk.id, "Elena Conti")]
    await house.db.run(lambda tx: kept_mentions.see(tx, talk.id, UUID(davide.id), house.clock.now()))
    assert await kept_mentions.unseen(house.db, UUID(davide.id)) == []
    assert await may(davide), "having looked takes nothing away"
