"""A removed message is gone everywhere, and its trace stays."""

import pytest

from sportello.administration.actor import Actor
from sportello.conversations import posting, transcript
from sportello.conversations.redacting import redact
from sportello.conversations.refusals import NotPossible
from sportello.conversations.states import State
from sportello.conversations.tests.cast import go
from sportello.conversations.tests.conftest import Begin
from sportello.kit.house import House
from sportello.kit.ids import uuid7


@pytest.mark.parametrize("closed", [False, True])
async def test_words_go_and_the_trace_stays(
    house: House, begin: Begin, elena: Actor, marta: Actor, closed: bool
) -> None:
    talk = await begin(State.ACTIVE, elena)
    posted = await posting.post(
        house, talk.id, {"text": "la password è segreta"}, sender="patient", client_id=uuid7(), name="Giulia Ferri"
    )
    if closed:
        await go(house, talk.id, State.WRAP_UP, elena)
        await go(house, talk.id, State.CLOSED, elena)
    assert len(await transcript.search(house.db, talk, "PASSWORD")) == 1
    with pytest.raises(NotPossible):
        await house.db.run(lambda tx: redact(house, tx, talk.id, posted.seq, elena, "no right"))
    with pytest.raises(NotPossible):
        await house.db.run(lambda tx: redact(house, tx, talk.id, posted.seq, marta, "  "))
    with pytest.raises(NotPossible):
        await house.db.run(lambda tx: redact(house, tx, talk.id, 1, marta, "a move is no message"))
    for _ in range(2):  # the second time changes nothing
        await house.db.run(lambda tx: redact(house, tx, talk.id, posted.seq, marta, "dato di un altro paziente"))
    everything = await house.db.fetch("select body::text as body from kit.event")
    assert not any("segreta" in row["body"] for row in everything)
    assert await transcript.search(house.db, talk, "password") == []
    row = next(r for r in (await transcript.page(house, talk)).rows if r.seq == posted.seq)
    assert row.removed is not None
    assert (row.text, row.name, row.removed.by_name) == ("", "Giulia Ferri", "Marta Ricci")
    kinds = await house.db.fetch(
        "select kind, audience, body ? 'why' as why from kit.event where kind like 'redact%' order by seq"
    )
    assert [tuple(k) for k in kinds] == [("redacted", "all", False), ("redaction", "staff", True)]
    trail = await house.db.fetch("select action from administration.audit_event where action = 'conversation.redacted'")
    assert len(trail) == 1
    head = await house.db.fetchrow("select closed_at from kit.stream where stream = $1", talk.stream)
    assert (head["closed_at"] is not None) == closed, "a closed conversation stays closed"


async def test_what_was_said_is_found_far_back(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    await posting.post(house, talk.id, {"text": "il 100% dei raggi_x"}, sender="patient", client_id=uuid7())
    async with house.db.transaction() as tx:
        for number in range(300):
            await posting.say(house, tx, talk.id, f"riga {number}")
    hits = await transcript.search(house.db, talk, "100% DEI raggi_x")
    assert [hit.text for hit in hits] == ["il 100% dei raggi_x"]
    assert await transcript.search(house.db, talk, "100_") == [], "no sign means more than itself"
    assert await transcript.search(house.db, talk, " ") == []
    assert len(await transcript.search(house.db, talk, "riga")) == transcript.MOST_HITS
