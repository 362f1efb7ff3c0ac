"""Reads `content/stories.yaml` and `content/measures.yaml`: what the invented patients live with."""

from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from sportello.kit.written import read_yaml

_FOLDER = Path(__file__).parent / "content"
Both = tuple[str, str]
Coded = tuple[str, str, str]


class Goal(Struct, frozen=True):
    """What is to be reached, within so many months; `high` is the measure's upper aim."""

    words: Both
    state: str
    months: int
    measure: Both | None = None
    high: float | None = None
    unit: str = ""


class Plan(Struct, frozen=True):
    """A care plan; activities are [Italian, English, status]."""

    title: Both
    goals: tuple[Goal, ...]
    activities: tuple[Coded, ...]


class Story(Struct, frozen=True):
    """An illness with all that hangs on it; `since` is how many years ago it began, at least and at most."""

    specialty: str
    since: tuple[int, int]
    condition: Coded
    visits: Coded
    results: tuple[str, ...] = ()
    medicines: tuple[tuple[str, str, str, str], ...] = ()
    procedures: tuple[Coded, ...] = ()
    urgent: Coded | None = None
    stay: Coded | None = None
    report: Both | None = None
    flag: Both | None = None
    plan: Plan | None = None
    allergy: tuple[str, str, str, str, Both] | None = None


class Measure(Struct, frozen=True, array_like=True):
    """How a result is drawn: around `usual`, with its reference range."""

    it: str
    en: str
    code: str
    usual: float
    spread: float
    unit: str
    low: float | None
    high: float | None


@cache
def stories() -> dict[str, Story]:
    return msgspec.convert(read_yaml((_FOLDER / "stories.yaml").read_text()), dict[str, Story])


@cache
def measures() -> dict[str, Measure]:
    return msgspec.convert(read_yaml((_FOLDER / "measures.yaml").read_text()), dict[str, Measure])
