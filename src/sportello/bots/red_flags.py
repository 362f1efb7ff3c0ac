"""Words that interrupt everything else, checked before any other understanding; no triage, no advice, only a way out.

It errs on the loud side: a sentence that is negated or about the past is asked about, never silently let through.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from sportello.bots.likeness import Likeness
from sportello.bots.slips import distance
from sportello.bots.wording import words
from sportello.bots.words import Words
from sportello.kit.written import read_yaml

FILE = Path(__file__).with_name("red_flags.yaml")
ALIKE = "alike"  # the flag of what is like the examples and fits no line
_NEGATED_WITHIN = 4  # words before the first one of a flag in which a negation counts


_GENERAL = Words(
    it="C'è un'emergenza in questo momento: qualcuno sta molto male o è in pericolo?",
    en="Is there an emergency right now: is somebody very unwell or in danger?",
)


class Alarm(Struct, frozen=True):
    """`certain` interrupts at once; otherwise the closed question of the flag is asked first."""

    flag: str
    certain: bool


Line = list[str | int]


class _Flag(Struct, frozen=True, forbid_unknown_fields=True):
    question: Words
    any: list[Line]
    mentions: list[Line] = []
    hints: list[Line] = []


class RedFlags(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole list, as a clinician approved it."""

    version: int
    approved_by: str
    approved_on: date
    review_by: date
    window: int
    negators: frozenset[str]
    past: list[Line]
    plain: frozenset[str]
    flags: dict[str, _Flag]
    examples: list[str] = []
    harmless: list[str] = []
    alike: float = 3.0
    concepts: dict[str, list[str]] = {}
    idioms: list[list[str]] = []

    def slot(self, text: str) -> frozenset[str]:
        """The alternatives of a slot, those of a concept (`$name`) written out."""
        found: set[str] = set()
        for term in text.split("|"):
            listed = self.concepts.get(term[1:], []) if term.startswith("$") else [term]
            found |= {one for one in listed if one.strip("*! ")}
        return frozenset(found)


@lru_cache(maxsize=8)
def read(text: str) -> RedFlags:
    """A list from its text; the same text is read once. Raises ValueError when it cannot be used."""
    import yaml

    try:
        found = msgspec.convert(read_yaml(text), RedFlags, strict=False)
    except (yaml.YAMLError, msgspec.ValidationError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if not all(one and all(found.slot(slot) for slot in one) for one in found.idioms):
        raise ValueError("every idiom needs words, one after the other")
    lines = [line for flag in found.flags.values() for line in (*flag.any, *flag.mentions, *flag.hints)]
    for line in [*lines, *found.past]:
        slots = [slot for slot in line if isinstance(slot, str)]
        within = [number for number in line if isinstance(number, int)]
        if not slots or not all(found.slot(slot) for slot in slots):
            raise ValueError(f"every line needs slots, and every slot words: {line}")
        if within != [*line[len(slots) :]] or len(within) > 1 or not all(1 <= one <= 60 for one in within):
            raise ValueError(f"a line ends with at most one number, of words: {line}")
    if not lines:
        raise ValueError("a list without lines hears nothing")
    return found


@cache
def red_flags() -> RedFlags:
    """The list that ships; a file that cannot be used stops the start."""
    return read(FILE.read_text())


class _Made(Struct, frozen=True):
    """A line made ready: the numbers of its slots, and within how many words."""

    slots: tuple[int, ...]
    within: int


_Places = dict[int, list[int]]  # by slot, where it is filled
_ALWAYS, _MENTION, _HINT = range(3)


class Watch:
    """A list made ready to be looked for."""

    def __init__(self, known: RedFlags) -> None:
        self.known = known
        self._slots: dict[frozenset[str], int] = {}
        # By first letter; a typing error in the first letter is not looked for.
        self._by_letter: dict[str, dict[str, list[int]]] = {}
        self._lines = [
            (name, kind, self._made(line))
            for name, flag in known.flags.items()
            for kind, lines in ((_ALWAYS, flag.any), (_MENTION, flag.mentions), (_HINT, flag.hints))
            for line in lines
        ]
        self._begun_by = _by_first([line.slots for _, _, line in self._lines])
        self._past = [self._made([*line, 2] if isinstance(line[-1], str) else line) for line in known.past]
        self._plain = self._slot(known.plain)
        self._idioms = [[self._slot(known.slot(slot)) for slot in one] for one in known.idioms]
        self._idioms_begun_by = _by_first(self._idioms)
        self._likeness = Likeness(known.examples, known.harmless) if known.examples and known.harmless else None
        self._harmless = frozenset(" ".join(words(one)) for one in known.harmless)
        self._filled = lru_cache(maxsize=100_000)(self._find)

    def check(self, text: str) -> Alarm | None:
        """The most certain alarm in what somebody wrote, or None."""
        said = self._without_idioms(words(text))
        places: _Places = {}
        for place, word in enumerate(said):
            for slot in self._filled(word):
                places.setdefault(slot, []).append(place)
        doubtful: Alarm | None = None
        # Of thousands of lines only those are tried whose first slot is filled, in the list's order.
        for number in sorted({number for slot in places for number in self._begun_by.get(slot, ())}):
            name, kind, line = self._lines[number]
            for found in _fits(line, places):
                plain = kind != _ALWAYS and any(one not in found for one in places.get(self._plain, ()))
                if plain and kind == _HINT:
                    continue
                if not plain and not self._doubted(said, places, found):
                    return Alarm(name, certain=True)
                doubtful = doubtful or Alarm(name, certain=False)
        return doubtful or self._alike(" ".join(filter(None, said)))

    def _without_idioms(self, said: list[str]) -> list[str]:
        """The words, those of an idiom emptied: who dies of boredom is not dying; what else they write counts."""
        left = list(said)
        for start, first in enumerate(said):
            for number in [number for slot in self._filled(first) for number in self._idioms_begun_by.get(slot, ())]:
                idiom = self._idioms[number]
                rest = said[start : start + len(idiom)]
                if len(rest) == len(idiom) and all(map(lambda slot, word: slot in self._filled(word), idiom, rest)):
                    left[start : start + len(idiom)] = [""] * len(idiom)
        return left

    def _alike(self, text: str) -> Alarm | None:
        """What no line fits, but is more like the examples than like what is harmless: it is asked about."""
        if self._likeness is None or " ".join(words(text)) in self._harmless:
            return None
        return Alarm(ALIKE, certain=False) if self._likeness.of(text) >= self.known.alike else None

    def question(self, flag: str) -> Words:
        """The closed question that settles a doubtful alarm; one asked by an older list is answered as unclear."""
        found = self.known.flags.get(flag)
        return found.question if found else _GENERAL

    def _doubted(self, said: list[str], places: _Places, found: list[int]) -> bool:
        """Whether it is negated, or told of the past."""
        first = min(found)
        before = [said[i] for i in range(max(0, first - _NEGATED_WITHIN), first) if i not in found]
        if self.known.negators & set(before) or (first and said[first - 1] == "no"):
            return True
        return any(_fits(line, places) for line in self._past)

    def _made(self, line: Line) -> _Made:
        within = line[-1] if isinstance(line[-1], int) else self.known.window
        slots = tuple(self._slot(self.known.slot(slot)) for slot in line if isinstance(slot, str))
        return _Made(slots, within)

    def _slot(self, terms: frozenset[str]) -> int:
        if terms not in self._slots:
            number = self._slots[terms] = len(self._slots)
            for term in terms:
                self._by_letter.setdefault(term[0], {}).setdefault(term, []).append(number)
        return self._slots[terms]

    def _find(self, word: str) -> frozenset[int]:
        """The slots that a word fills."""
        terms = self._by_letter.get(word[:1], {})
        return frozenset(slot for term, slots in terms.items() if _same(term, word) for slot in slots)


def _by_first(slots: Sequence[Sequence[int]]) -> dict[int, list[int]]:
    """The numbers of those that begin with a slot."""
    found: dict[int, list[int]] = {}
    for number, one in enumerate(slots):
        found.setdefault(one[0], []).append(number)
    return found


def _fits(line: _Made, places: _Places) -> list[list[int]]:
    """The places of the words that fill the slots, for every first place where they lie close enough."""
    slots = [places.get(slot) for slot in line.slots]
    if not all(slots):
        return []
    found = []
    for start in slots[0] or ():
        taken = [start]
        for candidates in slots[1:]:
            free = [place for place in candidates or () if place not in taken and abs(place - start) < line.within]
            if not free:
                break
            taken.append(min(free, key=lambda place: abs(place - start)))
        else:
            found.append(taken)
    return found


@lru_cache(maxsize=8)
def watch_of(text: str) -> Watch:
    """A list's text made ready; making it takes a moment, so that of a text it is done once. Raises ValueError."""
    return Watch(read(text))


@cache
def shipped() -> Watch:
    """The list that ships, made ready."""
    return watch_of(FILE.read_text())


_in_force: list[Watch] = []


def put_in_force(watch: Watch) -> None:
    """From now on this process looks for these, whoever asks."""
    _in_force[:] = [watch]


def in_force() -> Watch:
    return _in_force[0] if _in_force else shipped()


def check(text: str) -> Alarm | None:
    """The most certain alarm by the list in force, or None."""
    return in_force().check(text)


def _same(known: str, word: str) -> bool:
    if known.endswith("!"):
        return word == known[:-1]
    if known.endswith("*"):
        stem = known[:-1]
        if word.startswith(stem):
            return True
        if len(set(stem) - set(word)) > 1:  # two letters that are not there at all are two errors
            return False
        lengths = (0,) if len(stem) == 5 else (0, -1, 1) if len(stem) > 5 else ()
        return any(distance(stem, word[: len(stem) + more], 1) <= 1 for more in lengths)
    if known == word:
        return True
    allowed = 2 if len(known) >= 9 else 1 if len(known) >= 5 else 0
    if not allowed or word in _NOT_A_SLIP or len(set(known) - set(word)) > allowed:
        return False
    return distance(known, word, allowed) <= allowed


# Real words that lie one letter from a word of the list.
_NOT_A_SLIP = frozenset(
    "pezzo petalo parte parere chiedo chiede viva visto forza fatto faccio pagina heard hear least chess cheque"
    " strike".split()
)
Verdict = Literal["yes", "no"]
_YES = frozenset("si yes yeah yep certo esatto purtroppo adesso ora now".split())
_NO = frozenset("no nope nulla niente none".split())
_NOT_NOW = frozenset({"non ora", "non adesso", "non piu", "not now", "not really", "not anymore"})


def verdict(text: str) -> Verdict | None:
    """How a closed question was answered; None when it is neither a plain yes nor a plain no."""
    said = words(text)
    if said[:1] and said[0] in _YES:
        return "yes"
    if said[:1] and (said[0] in _NO or " ".join(said[:2]) in _NOT_NOW):
        return "no"
    return None
