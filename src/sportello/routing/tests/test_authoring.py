"""The plan in forms, files and trials: nothing is lost on the way, and what would change is told truly."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest

from sportello.administration.actor import Actor
from sportello.kit.house import House
from sportello.routing.authoring import forms, saying, toml
from sportello.routing.authoring.differences import differences
from sportello.routing.authoring.fields import PARTS
from sportello.routing.authoring.simulating import Past, simulate
from sportello.routing.authoring.toml import Unreadable
from sportello.routing.engine.classifying import Facts
from sportello.routing.plan.parts import (
    FIRST_PLAN,
    Hours,
    Member,
    Overflow,
    OwnPresence,
    Plan,
    Queue,
    Rule,
    Skill,
    Timers,
    Workstream,
)
from sportello.routing.plan.words import Condition, Need, OneDay, Opening, Remedy, Text, Trouble
from sportello.routing.planning import current

SignIn = Callable[..., Awaitable[Actor]]
HOME = "/desk/routing"
FULL = Plan(
    workstreams=(
        Workstream(
            "chat", Text("Chat", "Chat"), ("chat", "voice"), "general", presences=("available", "busy"), units=2,
            rules=(
                Rule(
                    "cardio", (Condition("topic", ("visita", "esame")), Condition("language", ("it",), negated=True)),
                    (Need("english", 3),), 5,
                ),
                Rule("general"),
            ),
            timers=Timers(remind_patient=None, wrap_up=60),
        ),
    ),
    queues=(
        Queue("general", Text("Generale", "General")),
        Queue(
            "cardio", Text("Cardiologia", "Cardiology"), 3, hours="week", needs=(Need("english"),), relax_after=60,
            overflow=(
                Overflow(Trouble.TOO_LONG, Remedy.QUEUE, 300, "general"),
                Overflow(Trouble.CLOSED, Remedy.MESSAGE, text=Text("Siamo chiusi.", "We are closed.")),
            ),
        ),
    ),
    skills=(Skill("english", Text("Inglese", "English"), "language"),),
    hours=(
        Hours(
            "week", Text("Settimana", "Week"), (Opening((1, 2, 3, 4, 5), "08:00", "18:00"),), "IT",
            (OneDay(date(2026, 12, 24), "08:00", "12:00", "Vigilia"), OneDay(date(2026, 12, 31))),
        ),
    ),
    presences=(OwnPresence("lunch", Text("Pranzo", "Lunch"), "away"),),
    members=(Member("elena", ("general", "cardio"), {"english": 4}, 6, {"voice": 1}),),
    idle_away_seconds=None,
)  # fmt: skip


@pytest.mark.parametrize("kind", [kind for kind in PARTS if kind != "general"])
def test_a_form_says_what_its_part_says(kind: str) -> None:
    for part in getattr(FULL, kind):
        read, errors = forms.read(PARTS[kind], forms.shown(PARTS[kind], part))
        assert (read, errors) == (part, {})


def test_the_general_form_too() -> None:
    read, errors = forms.read(PARTS["general"], forms.shown(PARTS["general"], FULL))
    assert (forms.replaced(FULL, "general", None, read), errors) == (FULL, {})


def test_what_cannot_be_read_is_named_at_its_input() -> None:
    form = forms.shown(PARTS["queues"], FULL.queues[1])
    form |= {"offer_seconds": ["soon"], "needs": ["English!"], "overflow.0.limit": ["x"]}
    _, errors = forms.read(PARTS["queues"], form)
    assert set(errors) == {"offer_seconds", "needs", "overflow.0.limit"}


def test_a_row_is_taken_away_and_another_added() -> None:
    form = forms.shown(PARTS["workstreams"], FULL.workstreams[0])
    form |= {"rules.0.drop": ["yes"], "rules.2.queue": ["cardio"], "rules.2.when.0.fact": ["reason"]}
    form |= {"rules.2.when.0.values": ["red-flag"], "rules.2.priority": ["100"]}
    read, errors = forms.read(PARTS["workstreams"], form)
    assert not errors
    assert read.rules == (Rule("general"), Rule("cardio", (Condition("reason", ("red-flag",)),), (), 100))


@pytest.mark.parametrize("plan", [FIRST_PLAN, FULL])
def test_a_file_holds_the_whole_plan(plan: Plan) -> None:
    assert toml.read(toml.write(plan).encode()) == plan


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"a = ", "TOML"), (b"\xff\xfe", "TOML"), (b"queues = 3", "plan"), (b"[[queues]]\nid = 'a'\nfoo = 1", "plan")],
)
def test_what_is_no_plan_is_refused_with_its_place(content: bytes, told: str) -> None:
    with pytest.raises(Unreadable) as refused:
        toml.read(content)
    assert told in refused.value.message


def test_a_rule_is_said_in_words() -> None:
    said = saying.words("en").rule(FULL, FULL.workstreams[0].rules[0])
    assert said == (
        "If Topic is visita or esame and Language is not it: to the queue Cardiology, to agents with english 3,"
        " more urgent by 5."
    )


def test_differences_name_part_and_field() -> None:
    changed = msgspec.structs.replace(
        FULL, queues=(FULL.queues[0], msgspec.structs.replace(FULL.queues[1], offer_seconds=45)), skills=()
    )
    said = [saying.words("en").difference(one) for one in differences(FULL, changed)]
    assert said == ["Queue cardio, Time to answer an offer: 30 → 45", "Skill english is taken away"]
    assert differences(FULL, FULL) == []


def test_a_trial_tells_who_goes_elsewhere_and_who_finds_it_closed() -> None:
    rome = ZoneInfo("Europe/Rome")
    past = [
        Past(uuid4(), datetime(2026, 11, 23, hour, 30, tzinfo=UTC), Facts(topic="visita", language=language))
        for hour, language in ((8, "en"), (20, "fr"), (9, "it"))
    ]
    trial = simulate(FIRST_PLAN, FULL, past, rome)
    assert (trial.conversations, len(trial.elsewhere)) == (3, 2)
    load = {one.queue: one for one in trial.loads}
    assert (load["general"].before, load["general"].after, load["cardio"].after) == (3, 1, 2)
    assert (load["cardio"].closed, load["cardio"].unserved, load["cardio"].by_hour[9]) == (1, 0, 1)
    nobody = msgspec.structs.replace(FULL, members=(Member("elena", ("cardio",)),))
    assert {one.queue: one.unserved for one in simulate(FIRST_PLAN, nobody, past, rome).loads}["cardio"] == 2


class Browser:
    """An administrator at a form."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def form(self, kind: str, number: str, **changed: str) -> httpx.Response:
        """Opens a part, changes some inputs, sends it."""
        revision = await self.revision()
        part = PARTS[kind]
        value = FIRST_PLAN if kind == "general" else forms.NEW[kind]
        if number != "new":
            value = getattr(FIRST_PLAN, kind)[int(number)]
        sent = forms.shown(part, value) | {name: [text] for name, text in changed.items()}
        return await self.client.post(f"{HOME}/part/{kind}/{number}", data=sent | {"revision": revision})

    async def revision(self) -> str:
        page = (await self.client.get(HOME)).text
        return page.partition('name="revision" value="')[2].partition('"')[0] or "0"


@pytest.fixture
async def sara(client: httpx.AsyncClient, sign_in: SignIn) -> Browser:
    await sign_in(client, "administrator", language="en")
    return Browser(client)


async def publish(sara: Browser, note: str = "cardiology") -> httpx.Response:
    return await sara.client.post(f"{HOME}/publish", data={"note": note, "revision": await sara.revision()})


async def test_a_queue_is_added_published_and_taken_back(house: House, sara: Browser) -> None:
    added = await sara.form("queues", "new", **{"id": "cardio", "name.it": "Cardiologia", "name.en": "Cardiology"})
    assert added.status_code == 303
    assert await current(house, house.db) == FIRST_PLAN  # a draft is not in force
    assert "Queue cardio is new" in (await sara.client.get(HOME)).text
    assert (await publish(sara, "")).status_code == 422
    assert (await publish(sara)).headers["location"].endswith("published=1")
    assert [queue.id for queue in (await current(house, house.db)).queues] == ["general", "cardio"]
    await sara.form("queues", "0", offer_seconds="60")
    await publish(sara, "more time")
    again = await sara.client.post(f"{HOME}/versions/1/again")
    assert again.headers["location"].endswith("published=3")
    plan = await current(house, house.db)
    assert (plan.queues[0].offer_seconds, len(plan.queues)) == (30, 2)
    versions = (await sara.client.get(f"{HOME}/versions")).text
    assert "Back to version 1" in versions
    assert "Time to answer an offer: 30 → 60" in versions


async def test_what_is_wrong_stays_in_the_draft_and_is_not_published(house: House, sara: Browser) -> None:
    kept = await sara.form("queues", "0", offer_seconds="2")
    assert kept.headers["location"] == f"{HOME}/part/queues/0"
    assert "Between 5 and 600." in (await sara.client.get(kept.headers["location"])).text
    assert (await publish(sara)).status_code in (200, 422)
    assert await current(house, house.db) == FIRST_PLAN
    unreadable = await sara.form("queues", "0", offer_seconds="soon")
    assert unreadable.status_code == 422
    assert 'value="soon"' in unreadable.text


async def test_of_two_editors_the_second_is_told_and_loses_nothing(sara: Browser) -> None:
    sent = [
        sara.client.post(
            f"{HOME}/part/queues/0",
            data=forms.shown(PARTS["queues"], FIRST_PLAN.queues[0]) | {"offer_seconds": [text], "revision": "0"},
        )
        for text in ("44", "55")
    ]
    answers = await asyncio.gather(*sent)
    assert sorted(one.status_code for one in answers) == [303, 409]
    (second,) = [one for one in answers if one.status_code == 409]
    assert "has changed the draft meanwhile" in second.text
    assert 'value="44"' in second.text or 'value="55"' in second.text


async def test_a_file_becomes_the_draft(house: House, sara: Browser) -> None:
    wrong = await sara.client.post(f"{HOME}/file", files={"file": ("a.toml", b"queues = [", "application/toml")})
    assert (wrong.status_code, "This is not a TOML file" in wrong.text) == (422, True)
    content = toml.write(FULL).encode()
    taken = await sara.client.post(f"{HOME}/file", files={"file": ("a.toml", content, "application/toml")})
    assert taken.status_code == 303
    assert toml.read((await sara.client.get(f"{HOME}/plan.toml")).content) == FULL
    assert (await publish(sara)).status_code == 303
    assert await current(house, house.db) == FULL
    for url in ("", "/simulation", "/versions", *(f"/part/{kind}/0" for kind in PARTS), "/part/rules/0"):
        assert (await sara.client.get(HOME + url)).status_code == (404 if "rules" in url else 200)


async def test_supervisors_look_and_agents_do_not(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    await sign_in(client, "supervisor")
    assert (await client.get(HOME)).status_code == 200
    assert (await client.post(f"{HOME}/discard")).status_code == 403
    await sign_in(client, "agent")
    assert (await client.get(HOME)).status_code == 403


def test_every_choice_has_its_label() -> None:
    unknown: list[Any] = [
        (part.kind, field.path) for part in PARTS.values() for field in part.fields
        if field.kind in ("choice", "many") and not field.options
    ]  # fmt: skip
    assert unknown == []
