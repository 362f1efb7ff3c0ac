"""Red flags: everything on the curated list is heard, what is negated is asked about, plain requests are left alone."""

from pathlib import Path

import pytest
import yaml

from sportello.bots.red_flags import check, red_flags, shipped, verdict


def _phrases(name: str) -> dict[str, list[str]]:
    kinds = yaml.safe_load(Path(__file__).with_name(name).read_text())
    return {kind: [str(text) for text in texts] for kind, texts in kinds.items()}


CURATED, UNSEEN = _phrases("red_flags.yaml"), _phrases("red_flags_unseen.yaml")


def _heard(text: str) -> str:
    alarm = check(text)
    return "quiet" if alarm is None else "alarm" if alarm.certain else "ask"


@pytest.mark.parametrize("kind", ["alarm", "ask", "quiet"])
def test_the_curated_list_is_heard_without_exception(kind: str) -> None:
    wrong = {text: _heard(text) for text in CURATED[kind] if _heard(text) != kind}
    assert not wrong


def test_the_list_is_long_enough_to_mean_something() -> None:
    assert len(CURATED["alarm"]) >= 120
    assert len(CURATED["quiet"]) >= 25


def test_most_of_what_the_list_never_saw_is_heard_and_plain_requests_are_left_alone() -> None:
    heard = [check(text) is not None for text in UNSEEN["heard"]]
    assert sum(heard) / len(heard) >= 0.85
    assert not [text for text in UNSEEN["quiet"] if check(text)]


@pytest.mark.parametrize("text", CURATED["alarm"])
def test_a_flag_is_heard_in_a_longer_message(text: str) -> None:
    """Also between other words; a following 'visita' must not hush it into silence."""
    assert check(f"Buongiorno, vorrei spostare la visita. {text}. Grazie") is not None


def test_every_flag_has_its_question_and_its_example() -> None:
    heard = {alarm.flag for text in CURATED["alarm"] if (alarm := check(text))}
    assert heard == set(red_flags().flags)
    assert all(shipped().question(flag).it and shipped().question(flag).en for flag in heard)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sì", "yes"),
        ("Yes!", "yes"),
        ("no", "no"),
        ("No, sto bene", "no"),
        ("non ora", "no"),
        ("boh", None),
        ("", None),
    ],
)
def test_a_closed_question_takes_plain_answers(text: str, expected: str | None) -> None:
    assert verdict(text) == expected
