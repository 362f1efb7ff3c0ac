"""Scenarios are refused when a text, a node or a way to a person is missing, by name."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from sportello.bots.library import FOLDER, BrokenScenario, load


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str, str, str], Path]:
    """The scenarios that ship, with one change in one file."""

    def changed(file: str, old: str, new: str) -> Path:
        for one in FOLDER.glob("*.yaml"):
            text = one.read_text()
            if one.name == file:
                assert old in text
                text = text.replace(old, new, 1)
            (tmp_path / one.name).write_text(text)
        return tmp_path

    return changed


def test_the_scenarios_that_ship_are_sound() -> None:
    assert {"welcome", "person", "reschedule", "book", "cancel", "hours", "emergency"} <= set(load().scenarios)


@pytest.mark.parametrize(
    ("file", "old", "new", "why"),
    [
        ("visits.yaml", "en: Move a visit}", "en: ''}", "visits.yaml"),
        ("visits.yaml", "{it: Spostare una visita, en: Move a visit}", "{it: Spostare una visita}", "en"),
        ("visits.yaml", "next: .handover", "next: .nowhere", "leads to .nowhere"),
        ("visits.yaml", "next: .handover", "next: nobody", "leads to nobody"),
        ("visits.yaml", "«{words}»", "«{wrods}»", "{wrods}"),
        ("visits.yaml", "        save: visit\n", "", "offers buttons"),
        ("visits.yaml", "version: 3", "version: one", "visits.yaml"),
        ("visits.yaml", "review_by: 2028-11-20", "review: never", "visits.yaml"),
        ("courtesy.yaml", "next: .sorry", "next: .unhelpful", "without asking"),
        ("courtesy.yaml", "  goodbye:", "  hours:", "hours"),
        ("courtesy.yaml", '        note: {helpful: "yes"}\n', "        note: {}\n", "exactly one thing"),
        ("welcome.yaml", "  person:\n", "  somebody:\n", "person.start"),
        ("welcome.yaml", "reason: red-flag\n          priority: 100", "reson: x", "welcome.yaml"),
    ],
)
def test_a_broken_scenario_is_refused_by_name(
    folder: Callable[[str, str, str], Path], file: str, old: str, new: str, why: str
) -> None:
    with pytest.raises(BrokenScenario) as refused:
        load(folder(file, old, new))
    assert why in str(refused.value)


def test_a_review_that_is_past_is_told(folder: Callable[[str, str, str], Path]) -> None:
    library = load(folder("answers.yaml", "review_by: 2028-11-20", "review_by: 2026-11-22"))
    assert library.overdue(date(2026, 11, 22)) == []
    assert library.overdue(date(2026, 11, 23)) == ["answers.yaml"]


def test_an_edition_changes_with_its_file_alone(folder: Callable[[str, str, str], Path]) -> None:
    shipped, changed = load(), load(folder("answers.yaml", "version: 1", "version: 2"))
    assert shipped.hash_of("hours.start") != changed.hash_of("hours.start")
    assert shipped.hash_of("reschedule") == changed.hash_of("reschedule")
