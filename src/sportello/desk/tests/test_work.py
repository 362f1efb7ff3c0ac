"""The lists of work: who sees what, filters, pages that go on behind a row, two who pick at once."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx
from hypothesis import given
from hypothesis import strategies as st

from sportello.administration.actor import Actor
from sportello.conversations.ending import close, end
from sportello.conversations.store import work as talks
from sportello.conversations.store.talks import Conversation
from sportello.conversations.store.work import Filter, Kind, read_cursor
from sportello.desk import work
from sportello.desk.tests.conftest import Begin
from sportello.kit.house import House

SignIn = Callable[..., Awaitable[Actor]]


async def _closed(house: House, begin: Begin, agent: Actor, name: str) -> Conversation:
    talk = await begin(agent, name)
    await house.db.run(lambda tx: end(house, tx, talk.id, agent))
    return await house.db.run(lambda tx: close(house, tx, talk.id, agent, note=f"Fatto per {name}."))


async def test_pages_go_on_behind_the_last_row(house: House, begin: Begin, elena: Actor) -> None:
    names = [f"Paziente {number:02}" for number in range(7)]
    for name in names:
        await _closed(house, begin, elena, name)
        await begin(None, name)
    for kind, expected in ((Kind.CLOSED, names[::-1]), (Kind.OPEN, names)):
        seen: list[str] = []
        behind = ""
        for _ in range(4):
            rows = await talks.page(house.db, kind, Filter(), behind, 2)
            seen += [one.visitor_name for one in rows]
            if rows:
                behind = talks.cursor_of(kind, rows[-1])
        assert seen == expected, kind


async def test_filters_narrow(house: House, begin: Begin, elena: Actor, davide: Actor) -> None:
    mine = await _closed(house, begin, elena, "Giulia Ferri")
    await _closed(house, begin, davide, "Mario 100% Bassi")
    agent = UUID(elena.id)

    async def names(**wanted: object) -> list[str]:
        found = await talks.page(house.db, Kind.CLOSED, Filter(**wanted), "", 10)  # type: ignore[arg-type]
        return [one.visitor_name for one in found]

    assert await names(agent=agent) == ["Giulia Ferri"]
    assert await names(text="giulia") == ["Giulia Ferri"]
    assert await names(text="fatto per mario") == ["Mario 100% Bassi"]
    assert await names(text="100%") == ["Mario 100% Bassi"]
    assert await names(text="_") == []
    assert await names(language="en") == []
    assert await names(since=mine.created_at, until=mine.created_at) == []
    assert len(await names(since=mine.created_at)) == 2


@given(st.text(max_size=60), st.sampled_from(list(Kind)))
def test_a_forged_cursor_is_no_cursor(text: str, kind: Kind) -> None:
    assert read_cursor(kind, text) is None


async def test_words_are_found_by_an_index(house: House, begin: Begin, elena: Actor) -> None:
    await _closed(house, begin, elena, "Ada")
    async with house.db.transaction() as tx:
        await tx.execute("set local enable_seqscan = off")
        plan = await tx.fetch(
            f"explain select from conversations.conversation c where ({talks.WORDS}) ilike '%prelievo%'"
        )
    assert "conversation_words" in str(plan)


async def test_closed_work_of_others_is_for_those_who_may_read_it(
    client: httpx.AsyncClient, sign_in: SignIn, house: House, begin: Begin, elena: Actor, davide: Actor
) -> None:
    await _closed(house, begin, davide, "Mario Bassi")
    own = await _closed(house, begin, elena, "Giulia Ferri")
    await sign_in(client, "agent")
    answer = await client.post("/desk/work-list/closed", data={"scope": "all"})
    assert "Mario Bassi" not in answer.text
    assert "Giulia Ferri" in answer.text
    await sign_in(client, "supervisor")
    answer = await client.post("/desk/work-list/closed", data={"scope": "all"})
    assert {"Mario Bassi", "Giulia Ferri"} <= set(re.findall(r"data-opens-tab=\"([^\"]+)\"", answer.text))
    read = await client.get(f"/desk/conversations/{own.id}")
    assert "Fatto per Giulia Ferri." in read.text
    assert "<textarea" not in read.text
    assert (await client.get("/desk/work-list/other")).status_code == 404
    assert (await client.post("/desk/work-list/closed", data={"since": "soon"})).status_code == 422


async def test_of_two_who_pick_the_other_hears_who_has_it(
    house: House, begin: Begin, elena: Actor, davide: Actor
) -> None:
    from sportello.conversations.refusals import NotPossible
    from sportello.kit.i18n import translate
    from sportello.routing.accepting import take

    talk = await begin(None)

    async def pick(agent: Actor) -> str:
        try:
            return (await house.db.run(lambda tx: take(house, tx, talk.id, agent))).agent_name
        except NotPossible as refused:
            return translate("en", refused.message, **refused.params)

    answers = await asyncio.gather(pick(elena), pick(davide))
    winner = next(one for one in answers if " was quicker" not in one)
    assert sorted(answers) == sorted([winner, f"{winner} was quicker: this conversation is with them now."])


async def test_a_day_of_the_clock_s_change_begins_at_its_own_midnight(house: House) -> None:
    from datetime import date

    spring, after = (work.midnight(house, date(2026, 3, day)) for day in (29, 30))
    assert (after - spring).total_seconds() == 23 * 3600
