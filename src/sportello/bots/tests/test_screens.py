"""The assistant's screens: who may open them, four eyes, publishing, rolling back, examples, replay."""

from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest

from sportello.administration.actor import Actor
from sportello.bots import examples, missing, red_flags, spoken
from sportello.bots.graph import draw
from sportello.bots.library import library, parse
from sportello.bots.store import editions
from sportello.bots.tests.test_turns import answers, giulia, said, writes
from sportello.bots.turns import Turns
from sportello.kit.house import House

SignIn = Callable[..., Awaitable[Actor]]
AT = "/desk/assistant"
FILE = f"{AT}/file/courtesy.yaml"
POLITE = "Prego, è stato un piacere! Posso aiutarla in altro?"


def polite() -> str:
    return spoken.shipped()["courtesy.yaml"].replace("Prego! Posso aiutarla in altro?", POLITE)


async def published(client: Any, sign_in: SignIn, house: House, file: str, text: str) -> Any:
    """A text that a supervisor wrote and an administrator approved and published."""
    await sign_in(client, "supervisor")
    assert (await client.post(f"{AT}/file/{file}", data={"body": text})).status_code == 303
    await sign_in(client, "administrator")
    draft = (await editions.of(house.db, file))[0]
    assert (await client.post(f"{AT}/file/{file}/approve", data={"seen": draft.hash})).status_code == 303
    done = await client.post(f"{AT}/file/{file}/publish", data={"edition": str(draft.id)})
    assert done.status_code == 303
    return draft


async def test_agents_and_strangers_stay_outside(client: Any, sign_in: SignIn) -> None:
    await sign_in(client, "agent")
    for path in ("", "/file/welcome.yaml", "/file/welcome.yaml/picture/welcome", "/try", "/measures", "/misses"):
        assert (await client.get(AT + path)).status_code == 403, path


async def test_what_nobody_of_the_hospital_has_approved_is_told_until_somebody_has(
    client: Any, sign_in: SignIn, house: House
) -> None:
    """The name in the head of a file that ships is no approval; the very same words, approved here, are."""
    assert all("nobody" in text.split("approved_by:")[1].splitlines()[0] for text in spoken.shipped().values())
    before = await spoken.as_shipped(house.db)
    assert set(before) == set(spoken.shipped())
    await sign_in(client, "supervisor", language="en")
    page = (await client.get(AT)).text
    assert f"{len(before)} texts speak as they came with Sportello" in page
    assert page.count("Nobody here yet") == len(before)
    assert "Nobody of this hospital has approved the text" in (await client.get(FILE)).text
    await published(client, sign_in, house, "courtesy.yaml", spoken.shipped()["courtesy.yaml"])
    assert await spoken.as_shipped(house.db) == [file for file in before if file != "courtesy.yaml"]
    page = (await client.get(AT)).text
    assert page.count("Ancora nessuno qui") == len(before) - 1
    assert "Nessuno di questo ospedale ha approvato" not in (await client.get(FILE)).text


async def test_nobody_approves_their_own_words_and_only_the_words_they_saw(
    client: Any, sign_in: SignIn, house: House
) -> None:
    await sign_in(client, "supervisor")
    await client.post(FILE, data={"body": polite()})
    draft = (await editions.of(house.db, "courtesy.yaml"))[0]
    own = await client.post(FILE + "/approve", data={"seen": draft.hash})
    assert own.status_code == 422
    assert "ask a colleague" in own.text or "collega" in own.text
    early = await client.post(FILE + "/publish", data={"edition": str(draft.id)})
    assert early.status_code == 422
    await sign_in(client, "administrator")
    assert (await client.post(FILE + "/approve", data={"seen": "0" * 16})).status_code == 422
    assert not await editions.published(house.db)


async def test_what_is_published_speaks_at_once_is_signed_and_can_be_taken_back(
    client: Any, sign_in: SignIn, house: House
) -> None:
    await published(client, sign_in, house, "courtesy.yaml", polite())
    talk = await giulia(house)
    await writes(house, talk, "grazie mille")
    assert (await answers(house, talk, 2))[-1].body["text"] == POLITE
    exported = (await client.get(FILE + "/export")).text
    assert "version: 1\n" in exported
    assert "Sara Villa\napproved_on: 2026-11-20" not in exported
    assert (await client.post(FILE + "/take-back")).status_code == 303
    other = await giulia(house)
    await writes(house, other, "grazie mille")
    assert (await answers(house, other, 2))[-1].body["text"].startswith("Prego! ")


async def test_broken_texts_are_told_and_never_saved(client: Any, sign_in: SignIn, house: House) -> None:
    await sign_in(client, "supervisor")
    for text in (
        "",
        "a: [",
        "version: 1",
        polite().replace("to: goodbye", "to: nowhere"),
        "[" * 3_000,
        "a: 2026-13-45",
    ):
        answer = await client.post(FILE, data={"body": text})
        assert answer.status_code == 422, text[:40]
    only_italian = polite().replace(', en: "You are welcome! Can I help you with anything else?"', "")
    assert (await client.post(FILE, data={"body": only_italian})).status_code == 422
    assert not await editions.of(house.db, "courtesy.yaml")
    assert (await client.post(AT, data={"file": "../etc.yaml", "body": polite()})).status_code == 422


async def test_red_flags_change_by_the_same_screens(client: Any, sign_in: SignIn, house: House) -> None:
    assert red_flags.check("zanzibar è più bella di scirocco") is None
    text = spoken.shipped()[spoken.FLAGS].replace(
        "      - [infarto]\n", "      - [infarto]\n      - [zanzibar!, scirocco!]\n", 1
    )
    await published(client, sign_in, house, spoken.FLAGS, text)
    try:
        talk = await giulia(house)
        await writes(house, talk, "zanzibar è più bella di scirocco")
        assert "112" in (await answers(house, talk, 2))[-1].body["text"]
    finally:
        red_flags.put_in_force(red_flags.shipped())


async def test_sentences_are_tried_on_a_list_that_does_not_speak_yet(
    client: Any, sign_in: SignIn, house: House
) -> None:
    await sign_in(client, "supervisor", language="en")
    text = spoken.shipped()[spoken.FLAGS].replace("      - [infarto]\n", "      - [infarto]\n      - [zanzibar!]\n", 1)
    said = "ho visto zanzibar\nnon ho dolore al petto\nvorrei spostare la visita\n"
    form = {"body": text, "sentences": said, "do": "hear"}
    page = (await client.post(f"{AT}/file/{spoken.FLAGS}", data=form)).text
    rows = {row.split("</td>")[0]: row for row in page.split('<td dir="auto">')[1:]}
    assert "Interrupts" in rows["ho visto zanzibar"]
    assert "Asks" in rows["non ho dolore al petto"]
    assert "Hears nothing" in rows["vorrei spostare la visita"]
    assert "examples the list misses" in page
    assert not await editions.of(house.db, spoken.FLAGS)
    broken = await client.post(f"{AT}/file/{spoken.FLAGS}", data={**form, "body": text.replace("[infarto]", "[]")})
    assert broken.status_code == 422
    assert "zanzibar" in broken.text


async def test_a_talk_is_taken_again_by_the_texts_that_spoke(client: Any, sign_in: SignIn, house: House) -> None:
    talk = await giulia(house)
    await writes(house, talk, "grazie mille")
    await answers(house, talk, 2)
    await published(client, sign_in, house, "courtesy.yaml", polite())
    await sign_in(client, "supervisor")
    page = (await client.get(f"{AT}/talk/{talk}")).text
    assert "Prego! Posso aiutarla in altro?" in page
    assert POLITE not in page
    assert (await client.get(f"{AT}/talk/none")).status_code == 404


async def test_misses_are_put_together_and_become_an_example_in_a_draft(
    client: Any, sign_in: SignIn, house: House
) -> None:
    talks = [await giulia(house) for _ in range(2)]
    for talk, words in zip(talks, ("zxqv brombolo", "Zxqv  brombolò!"), strict=True):
        await writes(house, talk, words)
        await answers(house, talk, 2)
    await house.port(Turns).sweep(house)
    await sign_in(client, "supervisor")
    page = (await client.get(AT + "/misses")).text
    assert page.lower().count("zxqv") == 1, "the same words stand once"
    places = page.split('name="places" value="')[1].split('"')[0]
    assert all(str(talk) in places for talk in talks)
    form = {"wish": "thanks", "language": "it", "phrase": "zxqv brombolo", "places": places}
    assert (await client.post(AT + "/misses", data=form)).status_code == 303
    draft = (await editions.of(house.db, "courtesy.yaml"))[0]
    assert draft.state == "draft", "a colleague approves it"
    assert parse("courtesy.yaml", draft.body).scenarios["thanks"].phrases["it"].count("zxqv brombolo") == 1
    assert "zxqv" not in (await client.get(AT + "/misses")).text.lower()
    for wrong in (places, "", "none:1", f"{talks[0]}:99999999999999999999"):
        assert (await client.post(AT + "/misses", data={**form, "places": wrong})).status_code == 404, wrong
    assert len(await said(house, talks[0])) == 2


async def test_misses_beyond_what_is_looked_at_are_told(
    client: Any, sign_in: SignIn, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = await giulia(house)
    for place, words in enumerate(("zxqv brombolo", "brtt gnaf"), 2):
        await writes(house, talk, words)
        await answers(house, talk, place)
    await sign_in(client, "supervisor", language="en")
    page = (await client.get(AT + "/misses")).text
    assert "2 misses that nobody has dealt with yet." in page
    assert "There are more" not in page
    monkeypatch.setattr(missing, "MOST", 1)
    monkeypatch.setattr(missing, "_AT_ONCE", 1)
    page = (await client.get(AT + "/misses")).text
    assert "1 miss that nobody has dealt with yet. There are more: only those since" in page
    assert "gnaf" in page
    assert "zxqv" not in page


def test_every_scenario_that_has_examples_takes_one_more() -> None:
    for file, text in spoken.shipped().items():
        if file == spoken.FLAGS:
            continue
        for name, one in parse(file, text).scenarios.items():
            for language in one.phrases:
                more = examples.insert(text, name, language, 'una "frase" nuova')
                assert more, (file, name)
                assert "una 'frase' nuova" in parse(file, more).scenarios[name].phrases[language]


def test_every_scenario_has_a_picture_with_every_node_and_no_box_on_another() -> None:
    for name, scenario in library().scenarios.items():
        graph = draw(name, scenario, "it")
        assert {box.name for box in graph.boxes} >= set(scenario.nodes)
        assert len({(box.x, box.y) for box in graph.boxes}) == len(graph.boxes)
        assert all(box.x < graph.width and box.y < graph.height for box in graph.boxes)
        for line in {way.y for way in graph.ways if way.label}:  # no label is written over another
            beside = sorted((way.x, len(way.label)) for way in graph.ways if way.label and way.y == line)
            assert all(b[0] - a[0] > (a[1] + b[1]) * 3 for a, b in pairwise(beside)), name


async def test_a_dry_run_speaks_with_the_draft_and_keeps_nothing(client: Any, sign_in: SignIn, house: House) -> None:
    await sign_in(client, "supervisor")
    await client.post(FILE, data={"body": polite()})
    form = {"file": "courtesy.yaml", "language": "it", "text": "grazie mille"}
    page = (await client.post(AT + "/try", data=form)).text
    assert POLITE in page
    alarm = (await client.post(AT + "/try", data={**form, "text": "ho un forte dolore al petto"})).text
    assert "112" in alarm
    for wrong in ('{"a"', "[[1]]", '[["' + "x" * 9_000 + '","person.start"]]', '[["\\u0000",""]]'):
        assert (await client.post(AT + "/try", data={**form, "said": wrong})).status_code == 200
    assert not await house.db.fetch("select 1 from bots.turn")
    for path in ("/file/courtesy.yaml", "/file/courtesy.yaml/picture/thanks", "", "/file/red_flags.yaml", "/try"):
        assert (await client.get(AT + path)).status_code == 200, path
