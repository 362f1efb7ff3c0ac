"""Words that interrupt everything else, checked before any other understanding; no triage, no advice, only a way out.

It errs on the loud side: a sentence that is negated or about the past is asked about, never silently let through.
"""

from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from sportello.bots.slips import distance
from sportello.bots.wording import words
from sportello.bots.words import Words

FILE = Path(__file__).with_name("red_flags.yaml")
_NEGATED_WITHIN = 4  # words before the first one of a flag in which a negation counts


class Alarm(Struct, frozen=True):
    """`certain` interrupts at once; otherwise the closed question of the flag is asked first."""

    flag: str
    certain: bool


class _Flag(Struct, frozen=True, forbid_unknown_fields=True):
    question: Words
    any: list[list[str]]
    mentions: list[list[str]] = []


class RedFlags(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole list, as a clinician approved it."""

    version: int
    approved_by: str
    approved_on: date
    review_by: date
    window: int
    negators: frozenset[str]
    past: list[list[str]]
    plain: frozenset[str]
    flags: dict[str, _Flag]


@lru_cache(maxsize=8)
def read(text: str) -> RedFlags:
    """A list from its text; the same text is read once. Raises ValueError when it cannot be used."""
    import yaml

    try:
        found = msgspec.convert(yaml.safe_load(text), RedFlags, strict=False)
    except (yaml.YAMLError, msgspec.ValidationError, RecursionError) as error:
        raise ValueError(str(error)) from error
    lines = [line for flag in found.flags.values() for line in (*flag.any, *flag.mentions)]
    if not lines or not all(line and all(_terms_of(slot) for slot in line) for line in [*lines, *found.past]):
        raise ValueError("every line needs slots, and every slot words")
    return found


@cache
def red_flags() -> RedFlags:
    """The list that ships; a file that cannot be used stops the start."""
    return read(FILE.read_text())


class Watch:
    """A list made ready to be looked for."""

    def __init__(self, known: RedFlags) -> None:
        self.known = known
        lines = [line for flag in known.flags.values() for line in (*flag.any, *flag.mentions)]
        terms = {term for line in [*lines, *known.past] for slot in line for term in _terms_of(slot)}
        # By first letter; a typing error in the first letter is not looked for.
        self._by_letter: dict[str, list[str]] = {}
        for term in sorted(terms):
            self._by_letter.setdefault(term[0], []).append(term)
        self._terms = lru_cache(maxsize=100_000)(self._find)

    def check(self, text: str) -> Alarm | None:
        """The most certain alarm in what somebody wrote, or None."""
        said = words(text)
        doubtful: Alarm | None = None
        for name, flag in self.known.flags.items():
            for lines, mention in ((flag.any, False), (flag.mentions, True)):
                for line in lines:
                    for places in self._fits(tuple(line), said, self.known.window):
                        if not self._doubted(said, places, mention):
                            return Alarm(name, certain=True)
                        doubtful = doubtful or Alarm(name, certain=False)
        return doubtful

    def question(self, flag: str) -> Words:
        """The closed question that settles a doubtful alarm; one asked by an older list is answered as unclear."""
        found = self.known.flags.get(flag)
        return found.question if found else Words(it="È un'emergenza?", en="Is this an emergency?")

    def _doubted(self, said: list[str], places: list[int], mention: bool) -> bool:
        first = min(places)
        before = [said[i] for i in range(max(0, first - _NEGATED_WITHIN), first) if i not in places]
        if self.known.negators & set(before) or (first and said[first - 1] == "no"):
            return True
        if any(self._fits(tuple(line), said, 2) for line in self.known.past):
            return True
        return mention and any(word in self.known.plain for place, word in enumerate(said) if place not in places)

    def _fits(self, line: tuple[str, ...], said: list[str], window: int) -> list[list[int]]:
        """The places of the words that fill the slots, for every first place where they lie close enough."""
        meant = [self._terms(word) for word in said]
        slots = [[place for place, terms in enumerate(meant) if terms & _terms_of(slot)] for slot in line]
        if not all(slots):
            return []
        found = []
        for start in slots[0]:
            places = [start]
            for candidates in slots[1:]:
                free = [place for place in candidates if place not in places and abs(place - start) < window]
                if not free:
                    break
                places.append(min(free, key=lambda place: abs(place - start)))
            else:
                found.append(places)
        return found

    def _find(self, word: str) -> frozenset[str]:
        """The alternatives that a word is."""
        return frozenset(term for term in self._by_letter.get(word[:1], ()) if _same(term, word))


@cache
def shipped() -> Watch:
    """The list that ships, made ready."""
    return Watch(red_flags())


_in_force: list[Watch] = []


def put_in_force(watch: Watch) -> None:
    """From now on this process looks for these, whoever asks."""
    _in_force[:] = [watch]


def in_force() -> Watch:
    return _in_force[0] if _in_force else shipped()


def check(text: str) -> Alarm | None:
    """The most certain alarm by the list in force, or None."""
    return in_force().check(text)


@lru_cache(maxsize=5_000)
def _terms_of(slot: str) -> frozenset[str]:
    return frozenset(term for term in slot.split("|") if term.strip("*!"))


def _same(known: str, word: str) -> bool:
    if known.endswith("!"):
        return word == known[:-1]
    if known.endswith("*"):
        stem = known[:-1]
        return word.startswith(stem) or (len(stem) >= 5 and distance(stem, word[: len(stem)], 1) <= 1)
    if known == word:
        return True
    allowed = 2 if len(known) >= 9 else 1 if len(known) >= 5 else 0
    if not allowed or word in _NOT_A_SLIP:
        return False
    return distance(known, word, allowed) <= allowed


# Real words that lie one letter from a word of the list.
_NOT_A_SLIP = frozenset("pezzo petalo parte parere chiedo chiede viva visto forza fatto heard hear least".split())
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
