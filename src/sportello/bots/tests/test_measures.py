"""The measures: what counts as contained, handed, reached; the filters; the tables; the picture; quick among many."""

import csv
import io
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from sportello.administration.actor import SYSTEM, Actor
from sportello.administration.testing import staff_member
from sportello.bots.charting import columns
from sportello.bots.store import stays
from sportello.bots.store.stays import Figures, Wanted
from sportello.bots.tests.test_turns import giulia, writes
from sportello.bots.turns import Turns
from sportello.conversations import ending
from sportello.conversations.handover import escalate
from sportello.conversations.moves import move
from sportello.conversations.states import State
from sportello.kit.house import House

SignIn = Callable[..., Awaitable[Actor]]
AT = "/desk/assistant/measures"


def lately(house: House, **more: str) -> Wanted:
    now = house.clock.now()
    return Wanted(now - timedelta(hours=1), now + timedelta(seconds=5), **more)


async def taken_by(house: House, talk: UUID, agent: Actor, source: State) -> None:
    if source is State.BOT:
        await house.db.run(lambda tx: escalate(house, tx, talk, reason="supervisor", by=agent))
    await house.db.run(
        lambda tx: move(
            house, tx, talk, State.ACTIVE, expected=State.QUEUED, by=agent, agent=UUID(agent.id), agent_name=agent.name,
        )
    )  # fmt: skip


async def asks(house: House, words: str, language: str = "it") -> UUID:
    talk = await giulia(house, language)
    await writes(house, talk, words)
    await house.port(Turns).answer(house, talk)
    return talk


async def test_each_way_out_of_the_bot_is_counted_for_what_it_is(house: House) -> None:
    elena = await staff_member(house, "agent", "elena")
    alone = await asks(house, "grazie mille")
    await house.db.run(lambda tx: ending.end(house, tx, alone, SYSTEM, "patient"))
    asked = await asks(house, "voglio parlare con una persona")
    await taken_by(house, asked, elena, State.QUEUED)
    flagged = await asks(house, "ho un forte dolore al petto")
    other = await asks(house, "my chest hurts badly, strong chest pain", "en")
    await taken_by(house, other, elena, State.QUEUED)
    missed = await asks(house, "zxqv brombolo")
    await taken_by(house, missed, elena, State.BOT)
    found = await stays.figures(house.db, lately(house))
    assert (found.talks, found.contained, found.handed, found.open) == (5, 1, 4, 0)
    assert (found.turns, found.misses) == (5, 1)
    assert (found.flags, found.flags_alone) == (2, 1), f"{flagged} waits"
    assert found.to_handover is not None
    assert found.flag_to_person is not None
    reasons = {code: (count, waited) for code, count, waited in await stays.reasons(house.db, lately(house))}
    assert {code: count for code, (count, _) in reasons.items()} == {"red-flag": 2, "asked": 1, "supervisor": 1}
    assert (await stays.figures(house.db, lately(house, language="en"))).talks == 1
    assert (await stays.figures(house.db, lately(house, bot="own"))).talks == 0
    assert (await stays.figures(house.db, lately(house, channel="chat"))).talks == 5


async def test_given_back_to_the_bot_it_is_another_stay(house: House) -> None:
    elena = await staff_member(house, "agent", "elena")
    talk = await asks(house, "voglio parlare con una persona")
    await taken_by(house, talk, elena, State.QUEUED)
    await house.db.run(lambda tx: move(house, tx, talk, State.BOT, expected=State.ACTIVE, by=elena))
    await writes(house, talk, "grazie mille")
    await house.port(Turns).answer(house, talk)
    found = await stays.figures(house.db, lately(house))
    assert (found.talks, found.handed, found.open, found.turns) == (2, 1, 1, 2)


async def test_supervisors_read_and_take_away_what_they_see(client: Any, sign_in: SignIn, house: House) -> None:
    await asks(house, "voglio parlare con una persona")
    await sign_in(client, "supervisor", language="en")
    page = (await client.get(AT)).text
    assert "The patient asked for a person" in page
    assert 'class="handed"' in page
    today = house.clock.now().astimezone(house.settings.clinic.tz).date()
    asked = f"from={today}&to={today}&bot=assistant&channel=chat&language=it"
    for table, cells in {
        "days": [str(today), "1", "0", "1"], "kinds": ["assistant", "chat", "it", "1"],
        "reasons": ["asked", "The patient asked for a person", "1", ""], "outages": [],
    }.items():  # fmt: skip
        answer = await client.get(f"{AT}/{table}.csv?{asked}")
        assert "attachment" in answer.headers["content-disposition"]
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert len(rows) == (2 if cells else 1)
        assert not cells or rows[1][: len(cells)] == cells
    assert (await client.get(f"{AT}/patients.csv")).status_code == 404
    for wrong in ("from=x&to=y", "days=99999", "from=2026-01-01&to=2020-01-01", "bot=%00&language=xx&channel=%27"):
        assert (await client.get(f"{AT}?{wrong}")).status_code == 200, wrong
    await sign_in(client, "agent")
    assert (await client.get(f"{AT}/days.csv")).status_code == 403


def test_the_picture_has_a_column_for_every_day_that_had_talks_and_none_outside() -> None:
    begins = date(2026, 3, 1)
    days = [(begins + timedelta(days=n), Figures(talks=n, contained=n, handed=1)) for n in (0, 3, 400)]
    small = columns(days, begins, begins + timedelta(days=6))
    assert [bar.kind for bar in small.bars] == ["handed", "contained", "handed"]
    assert all(bar.y >= 0 and bar.y + bar.height <= small.floor + 0.1 for bar in small.bars)
    long = columns(days, begins, begins + timedelta(days=364))
    assert (long.each, len({bar.x for bar in long.bars})) == (6, 1)
    assert columns([], begins, begins).bars == ()
    assert all(float(line.text).is_integer() for line in long.lines)


@pytest.mark.parametrize("days", [7, 365])
async def test_a_hundred_thousand_talks_are_counted_quickly(house: House, days: int) -> None:
    """By the index for a week; a whole year reads every row once, and nothing else."""
    await house.db.execute(
        """insert into bots.stay (conversation, began_at, bot, channel, language, left_at, outcome, reason, person_at)
        select gen_random_uuid(), at, 'assistant', 'chat', 'it', at + interval '90 s',
            case when n % 3 = 0 then 'person' else 'ended' end, case when n % 3 = 0 then 'asked' else '' end,
            case when n % 3 = 0 then at + interval '2 min' end
        from (select n, now() - n * interval '1 year' / 100000 as at from generate_series(1, 100000) n) x"""
    )
    await house.db.execute("analyze bots.stay")
    now = datetime.now(UTC)
    wanted = Wanted(now - timedelta(days=days), now)
    rows = await house.db.fetch(
        f"explain (analyze, format json) select {stays._FIGURES} {stays._WHICH}", *stays._args(wanted)
    )
    raw = rows[0][0]
    plan = (json.loads(raw) if isinstance(raw, str) else raw)[0]
    assert plan["Execution Time"] < (200 if days == 7 else 3_000), plan
    if days == 7:
        assert "stay_began" in json.dumps(plan)
