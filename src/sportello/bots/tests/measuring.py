"""Measures understanding on labelled phrases: what is taken rightly, offered, missed, or taken wrongly."""

from collections import Counter
from functools import cache
from pathlib import Path

import yaml
from msgspec import Struct

from sportello.bots.library import library
from sportello.bots.understanding import CLEAR, MAYBE, SURE, Understanding

_HERE = Path(__file__).parent


class Outcome(Struct, frozen=True):
    """How one phrase went: right, offered, missed or wrong."""

    language: str
    label: str
    text: str
    outcome: str
    best: str
    score: float


@cache
def outcomes(name: str) -> tuple[Outcome, ...]:
    """Every phrase of a file of labelled ones, judged as the engine would."""
    understanding = Understanding(library().phrases())
    found = []
    for language, labels in yaml.safe_load((_HERE / f"{name}.yaml").read_text()).items():
        for label, texts in labels.items():
            found += [_judge(understanding, language, label, text) for text in texts]
    return tuple(found)


def _judge(understanding: Understanding, language: str, label: str, text: str) -> Outcome:
    guesses = understanding.guesses(text, language)
    best, score = (guesses[0].wish, guesses[0].score) if guesses else ("-", 0.0)
    clear = score >= SURE and (len(guesses) < 2 or score - guesses[1].score >= CLEAR)
    offered = [guess.wish for guess in guesses[:3] if guess.score >= MAYBE]
    if clear:
        outcome = "right" if best == label else "wrong"
    elif label == "-":
        outcome = "right"
    else:
        outcome = "offered" if label in offered else "missed"
    return Outcome(language, label, text, outcome, best, score)


def rates(name: str, language: str | None = None) -> dict[str, float]:
    """Shares of right, offered, missed and wrong, and how many phrases."""
    chosen = [one for one in outcomes(name) if language in (None, one.language)]
    counts = Counter(one.outcome for one in chosen)
    shares = {kind: round(counts[kind] / len(chosen), 3) for kind in ("right", "offered", "missed", "wrong")}
    return {"phrases": float(len(chosen)), **shares}


def wrong(name: str) -> list[str]:
    """What went wrong, in words for a failing test."""
    return [
        f"{one.outcome}: {one.text!r} is {one.label}, taken for {one.best} ({one.score})"
        for one in outcomes(name)
        if one.outcome != "right"
    ]
