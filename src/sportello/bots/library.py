"""All scenarios, checked when they are loaded: a missing language, a dangling node or a dead end stops the start."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

import msgspec
import yaml
from msgspec import Struct

from sportello.bots.checking import problems
from sportello.bots.scenario import Approved, Node, Scenario
from sportello.bots.understanding import Phrase
from sportello.kit.written import read_yaml

FOLDER = Path(__file__).with_name("scenarios")


class BrokenScenario(ValueError):
    """A scenario that cannot be used; the message names file, scenario, node and what is wrong."""


class Shelf(Struct, frozen=True):
    """A file's approval and the hash by which a turn can be replayed."""

    file: str
    hash: str
    review_by: date


class Library:
    """Scenarios by name; `hash_of` tells which edition of a scenario spoke."""

    def __init__(self, scenarios: dict[str, Scenario], shelves: dict[str, Shelf]) -> None:
        self.scenarios = scenarios
        self._shelves = shelves

    def node(self, ref: str) -> Node:
        scenario, _, node = ref.partition(".")
        return self.scenarios[scenario].nodes[node]

    def has(self, ref: str) -> bool:
        scenario, _, node = ref.partition(".")
        return scenario in self.scenarios and node in self.scenarios[scenario].nodes

    def hash_of(self, ref: str) -> str:
        shelf = self._shelves.get(ref.partition(".")[0])
        return shelf.hash if shelf else ""

    def phrases(self) -> Iterable[Phrase]:
        for name, scenario in self.scenarios.items():
            for language, texts in scenario.phrases.items():
                yield from (Phrase(name, language, text) for text in texts)
            if scenario.offered:
                yield from (Phrase(name, language, scenario.title.in_(language)) for language in ("it", "en"))

    def answering(self) -> dict[str, str]:
        """By topic of articles the scenario that quotes them."""
        return {
            node.answer: name
            for name, scenario in self.scenarios.items()
            for node in scenario.nodes.values()
            if node.answer and node.answer != "asked"
        }

    def scenarios_of(self, file: str) -> list[str]:
        return [name for name, shelf in self._shelves.items() if shelf.file == file]

    def overdue(self, today: date) -> list[str]:
        """Files whose review is past."""
        return sorted({shelf.file for shelf in self._shelves.values() if shelf.review_by < today})


def load(folder: Path = FOLDER) -> Library:
    """Every `*.yaml` of the folder. Raises BrokenScenario."""
    return read({file.name: file.read_text() for file in sorted(folder.glob("*.yaml"))})


def read(texts: Mapping[str, str]) -> Library:
    """Texts by the name of their file. Raises BrokenScenario."""
    scenarios: dict[str, Scenario] = {}
    shelves: dict[str, Shelf] = {}
    for file, text in sorted(texts.items()):
        approved = parse(file, text)
        shelf = Shelf(file, hash_of(text), approved.review_by)
        for name, scenario in approved.scenarios.items():
            if name in scenarios:
                raise BrokenScenario(f"{file}: scenario {name} is also in {shelves[name].file}")
            scenarios[name], shelves[name] = scenario, shelf
    if found := problems(scenarios):
        raise BrokenScenario("; ".join(found))
    return Library(scenarios, shelves)


@lru_cache(maxsize=64)
def parse(file: str, text: str) -> Approved:
    """One file by itself; the same text is read once. Raises BrokenScenario."""
    try:
        return msgspec.convert(read_yaml(text), Approved, strict=False)
    except (yaml.YAMLError, msgspec.ValidationError, RecursionError, ValueError) as error:
        raise BrokenScenario(f"{file}: {error}") from error


def hash_of(text: str) -> str:
    """By which an edition is known for ever."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def library() -> Library:
    """The scenarios that ship."""
    return load()
