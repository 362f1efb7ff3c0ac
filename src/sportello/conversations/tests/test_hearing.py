"""What the streams say reaches the tables within a second, exactly, whatever process said it and whatever ended."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from sportello.administration.actor import Actor
from sportello.conversations import posting, transcript
from sportello.conversations.ending import SILENCE, close_silent
from sportello.conversations.hearing import Hearing, hearing_of
from sportello.conversations.reading import unread
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.conversations.store.activity import marks_of
from sportello.conversations.tests.cast import current, go
from sportello.conversations.tests.conftest import Begin
from sportello.conversations.tests.line import Doors
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.settings import Settings
from sportello.kit.streams.tests.talking import tab


async def says(house: House, talk: Conversation, sender: str, text: str = "Buongiorno") -> int:
    posted = await posting.post(house, talk.id, {"text": text}, sender=sender, client_id=uuid7())
    return posted.seq


async def kept(house: House, talk: Conversation) -> Conversation:
    """The conversation after all that was heard has been kept."""
    await asyncio.sleep(0)
    await hearing_of(house).keep(house)
    return await current(house, talk.id)


@pytest.fixture
async def second(settings: Settings, rooms: tuple[str, ...], house: House) -> AsyncIterator[House]:
    """Another process of the same hospital."""
    from sportello.app import furnish, open_house

    other = furnish(settings, rooms)
    async with open_house(other, rooms):
        yield other


async def test_within_a_second_it_is_known_who_waits_for_an_answer(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    await says(house, talk, "patient")
    await asyncio.sleep(1)
    found = await current(house, talk.id)
    assert found.waiting_since is not None
    assert (found.last_by, found.unread) == ("patient", 1)
    first = found.waiting_since
    await says(house, talk, "patient")
    assert (await kept(house, talk)).waiting_since == first, "the first word that is not answered counts"
    await says(house, talk, f"agent:{elena.id}")
    assert (await kept(house, talk)).waiting_since is None
    await says(house, talk, "patient")
    again = (await kept(house, talk)).waiting_since
    assert again is not None
    assert again > first


async def test_the_hot_path_writes_nothing_but_the_stream(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    await kept(house, talk)

    async def versions() -> tuple[str, str]:
        row = await house.db.fetchrow(
            """select c.ctid::text as talk, a.ctid::text as activity from conversations.conversation c
            join conversations.activity a on a.conversation = c.id where c.id = $1""",
            talk.id,
        )
        return row["talk"], row["activity"]

    before = await versions()
    async with hearing_of(house)._keeping:  # no batch is kept meanwhile
        await asyncio.gather(*(says(house, talk, "patient", str(n)) for n in range(100)))
        assert await versions() == before
    assert (await kept(house, talk)).last_seq == 103
    assert (await versions())[0] == before[0], "a batch leaves the conversation's own row alone"


async def test_what_a_dead_process_heard_is_read_again(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    await kept(house, talk)
    deaf = house.ports[Hearing] = Hearing()  # what the old one hears from now on is never kept
    house.streams._reactions[:] = []
    for _ in range(3):
        await says(house, talk, "patient")
    assert (await current(house, talk.id)).unread == 0
    await deaf.look_back(house)
    found = await kept(house, talk)
    assert (found.unread, found.last_seq) == (3, 6)
    assert found.waiting_since is not None


async def test_two_processes_agree_with_the_stream(house: House, second: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    speakers = ["patient", f"agent:{elena.id}", "patient", "patient"]
    mark = 0
    for number in range(60):
        where = random.choice((house, second))
        who = random.choice(speakers)
        seq = await says(where, talk, who, str(number))
        if random.random() < 0.2:
            mark = max(mark, seq)
            hearing_of(random.choice((house, second))).seen(talk.id, f"agent:{elena.id}", seq)
        if random.random() < 0.3:
            await hearing_of(random.choice((house, second))).keep(random.choice((house, second)))
    await kept(second, talk)
    found = await kept(house, talk)
    if found.unread is not None:
        await says(house, talk, "patient", "ultima")
        await kept(second, talk)
        found = await kept(house, talk)
    events = [e for e in await house.streams.since(talk.stream, 0, 500) if e.kind == "message"]
    above = [e for e in events if e.sender == "patient" and e.seq > max(mark, 3)]
    assert found.unread == len(above)
    answered = max((e.seq for e in events if e.sender != "patient"), default=0)
    waiting = [e.at for e in events if e.sender == "patient" and e.seq > answered]
    assert found.unanswered_at == waiting[0]
    assert (found.last_seq, found.last_by) == (events[-1].seq, "patient")


async def test_what_is_seen_is_kept_told_and_never_more_than_there_is(
    house: House, server: str, doors: Doors, begin: Begin, elena: Actor
) -> None:
    talk = await begin(State.ACTIVE, elena)
    doors.staff(elena)
    doors.patient("giulia", talk)
    async with tab(server, "giulia") as giulia, tab(server, "elena") as agent:
        await giulia.follow(talk.stream)
        await agent.follow(talk.stream)
        last = (await giulia.post(talk.stream, "ci siete?"))["n"]
        found = await kept(house, talk)
        assert found.unread == 1
        await agent.say(t="seen", s=talk.stream, n=last)
        assert (await giulia.next("seen")) == {"t": "seen", "s": talk.stream, "by": "agent", "n": last}
        await giulia.say(t="seen", s=talk.stream, n=10**12)
        while (await agent.next("seen"))["by"] != "patient":
            pass
        found = await kept(house, talk)
        assert found.unread == 0
        assert await marks_of(house.db, talk.id) == {f"agent:{elena.id}": last, "patient": last}
        await giulia.post(talk.stream, "pronto?")
        assert (await kept(house, talk)).unread == 1
    told = [e.body["unread"] for e in await house.streams.since(f"desk:{elena.id}", 0) if e.kind == "unread"]
    assert told == [1, 0, 1]


async def test_what_arrived_at_the_patient_is_not_yet_read(
    house: House, server: str, doors: Doors, begin: Begin, elena: Actor
) -> None:
    talk = await begin(State.ACTIVE, elena)
    doors.staff(elena)
    doors.patient("giulia", talk)
    async with tab(server, "giulia") as giulia, tab(server, "elena") as agent:
        await giulia.follow(talk.stream)
        await agent.follow(talk.stream)
        answer = (await agent.post(talk.stream, "sono qui"))["n"]
        states = []
        for word in ("", "got", "seen"):
            if word:
                await giulia.say(t=word, s=talk.stream, n=answer)
                assert (await agent.next(word)) == {"t": word, "s": talk.stream, "by": "patient", "n": answer}
            await hearing_of(house).keep(house)
            states.append((await transcript.page(house, talk)).rows[-1].state)
        assert states == ["sent", "delivered", "seen"]
        question = (await giulia.post(talk.stream, "grazie"))["n"]
        await agent.say(t="got", s=talk.stream, n=question)
        await hearing_of(house).keep(house)
        assert (await transcript.page(house, talk)).rows[-1].state == "sent"


async def test_counting_ends_at_a_hundred(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    await asyncio.gather(*(says(house, talk, "patient", str(n)) for n in range(150)))
    assert (await kept(house, talk)).unread == 100
    assert await unread(house.db, UUID(elena.id)) == {talk.id: 100}
    hearing_of(house).seen(talk.id, f"agent:{elena.id}", 100)
    assert (await kept(house, talk)).unread == 53


async def test_who_takes_over_begins_with_nothing_unread(
    house: House, begin: Begin, elena: Actor, davide: Actor
) -> None:
    talk = await begin(State.ACTIVE, elena)
    for _ in range(4):
        await says(house, talk, "patient")
    assert (await kept(house, talk)).unread == 4
    await go(house, talk.id, State.QUEUED, elena)
    await go(house, talk.id, State.ACTIVE, davide)
    assert (await kept(house, talk)).unread == 0
    await says(house, talk, "patient")
    assert (await kept(house, talk)).unread == 1


async def test_a_batch_that_cannot_be_kept_is_kept_later(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    await says(house, talk, "patient")
    await asyncio.sleep(0)
    hearing, db = hearing_of(house), house.db

    class Broken:
        async def run(self, _work: object) -> None:
            raise ConnectionError

    house.db = Broken()  # type: ignore[assignment]
    with pytest.raises(ConnectionError):
        await hearing.keep(house)
    house.db = db
    await says(house, talk, "patient")
    assert (await kept(house, talk)).unread == 2


async def test_what_is_left_with_the_bot_is_closed_in_the_end(house: House, begin: Begin) -> None:
    old = await begin()
    lively = await begin()
    clock = FixedClock(house.clock.now())
    clock.advance(SILENCE + timedelta(minutes=1))
    await house.db.execute(
        "update conversations.activity set last_at = $2 where conversation = $1", lively.id, clock.now()
    )
    house.clock = clock
    assert await close_silent(house) == 1
    assert (await current(house, old.id)).state is State.CLOSED
    assert (await current(house, lively.id)).state is State.BOT
