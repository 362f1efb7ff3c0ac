"""Questions of a kind: dates, numbers and choices are read or asked again once; branches; a person from everywhere."""

import pytest

from sportello.bots.answering import read_answer
from sportello.bots.library import BrokenScenario, library, read
from sportello.bots.mind import Mind
from sportello.bots.ports import Say
from sportello.bots.scenario import Node
from sportello.bots.spoken import FLAGS, shipped
from sportello.bots.state import Said, State
from sportello.bots.tests.conftest import as_guest as step
from sportello.bots.tests.test_engine import escalation, talk, texts
from sportello.bots.words import Words

ASK = Words(it="?", en="?")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("14/03/2027", "2027-03-14"),
        ("il 14.3.2027 va bene", "2027-03-14"),
        ("2027-03-14", "2027-03-14"),
        ("14 marzo 2027", "2027-03-14"),
        ("3 August 2027", "2027-08-03"),
        ("31/02/2027", None),
        ("domani", None),
        ("99/99/9999", None),
    ],
)
def test_dates(text: str, kept: str | None) -> None:
    assert read_answer(Node(ask=ASK, kind="date", save="day"), text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("+39 0532 000-000", "+390532000000"),
        ("al 333 0000000 grazie", "3330000000"),
        ("12", None),
        ("1234567890123456789", None),
        ("non lo so", None),
    ],
)
def test_telephone_numbers(text: str, kept: str | None) -> None:
    assert read_answer(Node(ask=ASK, kind="phone", save="phone"), text) == kept


def test_a_callback_is_passed_on_with_number_and_time(mind: Mind) -> None:
    _, effects = talk(mind, "potete richiamarmi", "al 333 0000000", Said("", "morning"))
    assert escalation(effects).context["phone"] == "3330000000"
    assert escalation(effects).context["when"] == "morning"
    assert escalation(effects).topic == "callback"


def test_a_wrong_number_is_asked_for_once_more_and_then_a_person_comes(mind: Mind) -> None:
    state, effects = talk(mind, "potete richiamarmi", "boh qualcosa")
    assert "0532" in texts(effects)
    assert state.at == "callback.start"
    _, effects = step(mind, state, Said("ancora niente"))
    assert escalation(effects).reason == "not-understood"


def test_a_wish_to_be_forgotten_is_passed_on_only_when_confirmed(mind: Mind) -> None:
    _, effects = talk(mind, "erase my data", Said("", "sure"), language="en")
    summary = escalation(effects).summary
    assert "Article 17" in summary["en"]
    assert "art" in summary["it"]
    state, effects = talk(mind, "cancellate i miei dati", "No, lasci stare")
    assert not state.over
    assert "non ho inoltrato nulla" in texts(effects)


@pytest.mark.parametrize(("language", "words"), [("it", "un operatore per favore"), ("en", "human please")])
def test_a_person_comes_from_every_question(mind: Mind, language: str, words: str) -> None:
    for name, scenario in library().scenarios.items():
        for key, node in scenario.nodes.items():
            if node.ask:
                state, effects = step(mind, State(language, at=f"{name}.{key}", scenario=name), Said(words))
                assert state.over, (name, key)
                assert escalation(effects).reason == "asked"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("otherwise: .left", "otherwise: .nowhere"),
        ("by: sure,", "by: other,"),
        ("otherwise: .left", "otherwise: .decide"),
        ("kind: phone\n        save: phone", "kind: phone\n        buttons: []"),
        (', en: "How was this conversation?"', ""),
    ],
)
def test_broken_branches_and_questions_do_not_load(old: str, new: str) -> None:
    texts = {file: text for file, text in shipped().items() if file != FLAGS}
    assert old in texts["requests.yaml"]
    with pytest.raises(BrokenScenario):
        read({**texts, "requests.yaml": texts["requests.yaml"].replace(old, new)})


def test_whoever_wants_to_book_is_shown_where_to_do_it_alone(mind: Mind) -> None:
    for words in ("vorrei prenotare una visita", "vorrei spostare la mia visita", "vorrei disdire la visita"):
        _, effects = talk(mind, words)
        assert any(isinstance(one, Say) and one.link and one.link["url"] == "/portal" for one in effects), words
