"""Understanding is measured on labelled phrases: a floor that may rise, never sink unnoticed."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from sportello.bots.library import library
from sportello.bots.understanding import SURE, Understanding
from sportello.bots.wording import language_of


@pytest.fixture(scope="module")
def measuring() -> ModuleType:
    spec = importlib.util.spec_from_file_location("measuring", Path(__file__).with_name("measuring.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "least", "right", "known", "wrong"),
    [
        ("phrases", 120, 0.93, 0.97, 0.02),
        ("developed", 100, 0.97, 0.97, 0.02),
        ("unseen", 45, 0.81, 0.87, 0.10),
        ("apart", 100, 0.79, 0.88, 0.11),
    ],
)
def test_accuracy_stays_above_the_floor(
    measuring: ModuleType, name: str, least: int, right: float, known: float, wrong: float
) -> None:
    rates = measuring.rates(name)
    told = "\n".join(measuring.wrong(name))
    assert rates["phrases"] >= least
    assert rates["right"] >= right, told
    assert rates["right"] + rates["offered"] >= known, told
    assert rates["wrong"] <= wrong, told


def test_no_phrase_under_test_is_an_example_of_the_unseen_ones(measuring: ModuleType) -> None:
    known = {phrase.text.lower() for phrase in library().phrases()}
    kept = [*measuring.outcomes("unseen"), *measuring.outcomes("apart")]
    assert not [one.text for one in kept if one.text.lower() in known]


def test_the_founding_sentences_are_understood() -> None:
    understanding = Understanding(library().phrases())
    for text, language, wish in [
        ("Vorrei spostare la mia visita", "it", "reschedule"),
        ("Che orari avete?", "it", "hours"),
        ("A che ora aprite?", "it", "hours"),
        ("Vorrei parlare con una persona", "it", "person"),
        ("I want to talk to a person", "en", "person"),
    ]:
        best = understanding.guesses(text, language)[0]
        assert (best.wish, best.score >= SURE) == (wish, True), (text, best)


def test_nothing_is_understood_from_nothing() -> None:
    understanding = Understanding(library().phrases())
    assert understanding.guesses("", "it") == []
    assert understanding.guesses("!?… 🙂", "it") == []


def test_a_language_is_told_only_when_it_is_clear() -> None:
    assert language_of("I would like to move my appointment") == "en"
    assert language_of("vorrei spostare la mia visita") == "it"
    assert language_of("ok") is None
