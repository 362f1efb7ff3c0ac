"""Red flags: everything on the curated list is heard, what is negated is asked about, plain requests are left alone."""

from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from sportello.bots.red_flags import ALIKE, FILE, Alarm, Watch, check, read, red_flags, shipped, verdict


def _phrases(name: str) -> dict[str, list[str]]:
    kinds = yaml.safe_load(Path(__file__).with_name(name).read_text())
    return {kind: [str(text) for text in texts] for kind, texts in kinds.items()}


CURATED, UNSEEN, APART, DAILY, LATER = (
    _phrases(f"red_flags{name}.yaml") for name in ("", "_unseen", "_apart", "_daily", "_later")
)


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
    """Sentences written after the list was frozen: the honest figure, which may rise and never sink unnoticed."""
    assert min(len(APART["heard"]), 150) == 150
    assert min(len(APART["quiet"]), 200) == 200
    assert _share(APART["heard"] + UNSEEN["heard"]) >= 0.97, [text for text in APART["heard"] if not check(text)]
    assert _share(APART["quiet"] + UNSEEN["quiet"]) <= 0.03, [text for text in APART["quiet"] if check(text)]
    assert _share(DAILY["heard"]) >= 0.95
    assert _share(DAILY["quiet"]) <= 0.05
    assert _share(LATER["heard"]) >= 0.98
    assert _share(LATER["quiet"]) <= 0.05


def test_an_idiom_is_not_taken_at_its_word_and_what_stands_beside_it_is() -> None:
    for text in ("sto morendo di caldo in sala d'attesa", "I'm dying to know my results", "your website is killing me"):
        assert check(text) is None, text
    for text in ("sto morendo di caldo e mi fa male il petto", "sto morendo", "my chest is killing me"):
        alarm = check(text)
        assert alarm is not None, text
        assert alarm.certain, text
    with pytest.raises(ValueError, match="idiom"):
        read(FILE.read_text().replace("  - [private, ambulance]\n", "  - []\n", 1))


def test_the_lists_own_examples_are_heard_and_what_is_harmless_is_not() -> None:
    known = red_flags()
    assert _share(known.examples) >= 0.995
    assert _share(known.harmless) <= 0.02


def test_what_no_line_was_made_for_is_asked_about_never_taken_for_certain() -> None:
    text = "la nonna è tutta sudata, sbianca e tiene la mano sul cuore"
    assert check(text) == Alarm(ALIKE, certain=False)
    assert "emergenza" in shipped().question(ALIKE).it


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[]", "slots"), ("[3]", "slots"), ("[' | ']", "slots"), ("[petto, 3, male]", "at most one"),
        ("[petto, 0]", "at most one"), ("[$nothing]", "slots"), ("[petto, 2, 3]", "at most one"),
    ],
)  # fmt: skip
def test_a_line_that_could_not_be_heard_is_refused(line: str, said: str) -> None:
    text = FILE.read_text().replace("      - [infarto]\n", f"      - {line}\n", 1)
    with pytest.raises(ValueError, match=said):
        read(text)


def test_a_line_hears_within_its_own_number_of_words() -> None:
    text = FILE.read_text().replace("      - [infarto]\n", "      - [zanzibar!, scirocco!, 3]\n", 1)
    watch = Watch(replace(read(text), examples=[]))
    assert watch.check("zanzibar e scirocco")
    assert not watch.check("zanzibar e poi anche scirocco")


def _share(texts: list[str]) -> float:
    return sum(check(text) is not None for text in texts) / len(texts)


@pytest.mark.parametrize("text", CURATED["alarm"])
def test_a_flag_is_heard_in_a_longer_message(text: str) -> None:
    """Also between other words; a following 'visita' must not hush it into silence."""
    assert check(f"Buongiorno, vorrei spostare la visita. {text}. Grazie") is not None


def test_every_flag_has_its_question_and_its_example() -> None:
    heard = {alarm.flag for text in CURATED["alarm"] + red_flags().examples if (alarm := check(text))}
    assert heard - {ALIKE} == set(red_flags().flags)
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
