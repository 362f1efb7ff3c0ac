"""Takes names and identifiers out of words before they leave the house: rather too much than too little.

What a person is called is looked for in four ways: the names known of the conversation, listed given names with what
stands beside them, what follows "mi chiamo", "Dr" and the like, and every capital that no known word explains.
"""

import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

from sportello.bots.lexicon import class_of
from sportello.bots.mind import Mind
from sportello.bots.slips import distance
from sportello.bots.wording import EMPTY_WORDS
from sportello.knowledge.folding import fold

NAME, NUMBER, DATE, CODE, MAIL, PLACE = "[name]", "[number]", "[date]", "[code]", "[mail]", "[address]"
_MAIL = re.compile(r"\S+@\S+|https?://\S+|www\.\S+", re.I)
_STREET = re.compile(
    r"\b(?:via|viale|v\.le|piazza|p\.za|corso|vicolo|largo|contrada)\s+(?:[^\W\d]+['.]?\s+){1,4}(?:n\.?\s*)?\d+\w?"
    r"|\b(?:[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso)\s+[A-ZÀ-Ù][\w']*(?:\s+[A-ZÀ-Ù][\w']*)*"
    r"|\b\d+\s+[A-Z]\w+\s+(?:Street|Road|Avenue|Lane)\b"
)
_MONTH = "gen|jan|feb|mar|apr|mag|may|giu|jun|lug|jul|ago|aug|set|sep|ott|oct|nov|dic|dec"
_DAY = re.compile(
    rf"\b\d{{1,4}}\s?[./-]\s?\d{{1,2}}\s?[./-]\s?\d{{2,4}}\b|\b\d{{1,2}}\s+(?:{_MONTH})[a-z]*\s+(?:del\s+)?\d{{4}}\b",
    re.I,
)
_NUMBER = re.compile(r"\+?\d[\d ()./\-\u00a0]{3,}\d")
_CODE = re.compile(r"\b(?=\w*\d)(?=\w*[^\W\d_])\w{6,}\b")  # letters and digits: fiscal code, prescription, ward's file
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_CALLED = re.compile(
    r"(?:mi chiamo|il mio nome e|a nome(?: di)?|cognome|nome|sono(?: la signora| il signor)?|my name is|i am|i m"
    r"|call me|dott|dottor|dottoressa|dottore|dr|dssa|prof|professor|professoressa|sig|sigra|signor|signora|mr|mrs|ms"
    r"|miss|suor|don)$"
)
_TITLES = re.compile(
    r"(?:dott|dottor|dottoressa|dottore|dr|dra|dssa|ssa|prof|professor|professoressa|sig|sigra|ra|signor|signora|mr|mrs|ms"
    r"|miss|suor)$"
)
_PARTICLES = frozenset("di de da del della dello dei la lo le li van von der al el".split())


@cache
def given_names() -> frozenset[str]:
    """Listed given names, folded."""
    return _listed("names.txt")


@cache
def _plain_words() -> frozenset[str]:
    """Ordinary words that may begin a sentence, and so have a capital."""
    return _listed("plain_words.txt")


def _listed(file: str) -> frozenset[str]:
    lines = Path(__file__).with_name(file).read_text().splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in fold(line).split())


class Nameless:
    """Takes out what names somebody; `names` are those known of the conversation."""

    def __init__(self, mind: Mind, names: Iterable[str], today: date) -> None:
        self._own = frozenset(
            part for name in names for part in fold(name).split() if len(part) > 1 and part not in _PARTICLES
        )
        said = {word for phrase in mind.library.phrases() for word in fold(phrase.text).split()}
        self._known = (said | EMPTY_WORDS | _plain_words()) - given_names()
        self._today = today

    def __call__(self, text: str) -> str:
        text = _MAIL.sub(MAIL, text)
        text = _STREET.sub(PLACE, text)
        text = _DAY.sub(self._day, text)
        text = _CODE.sub(CODE, text)
        text = _NUMBER.sub(self._number, text)
        return self._without_names(text)

    def _day(self, found: re.Match[str]) -> str:
        """Days to come are wanted; those of the past may be a birth."""
        year = re.search(r"\d{4}", found[0])
        last = int(year[0]) if year else 2000 + int(re.findall(r"\d+", found[0])[-1][-2:])
        return found[0] if self._today.year <= last <= self._today.year + 2 else DATE

    def _number(self, found: re.Match[str]) -> str:
        day = _DAY.fullmatch(found[0])
        kept = sum(map(str.isdigit, found[0])) < 5 or (day is not None and self._day(day) != DATE)
        return found[0] if kept else NUMBER

    def _without_names(self, text: str) -> str:
        found = list(_WORD.finditer(text))
        shouting = text.isupper()
        folded = [fold(one[0]) for one in found]
        names = {place for place in range(len(found)) if self._is_name(found, folded, place, shouting)}
        for place in sorted(names):  # a surname beside a name, on either side, however it is written
            for beside in (place - 1, place + 1):
                if 0 <= beside < len(found) and _adjacent(text, found, place, beside) and self._strange(folded[beside]):
                    names.add(beside)
        parts, at = [], 0
        for place, one in enumerate(found):
            if place in names:
                parts += [text[at : one.start()], NAME]
                at = one.end()
        return re.sub(r"\[name\](?:\s+(?:di|de|da|del|la|lo)?\s*\[name\])+", NAME, "".join([*parts, text[at:]]))

    def _is_name(self, found: list[re.Match[str]], folded: list[str], place: int, shouting: bool) -> bool:
        word, said = found[place][0], folded[place]
        if len(word) < 2 or not any(map(str.isalpha, word)):
            return False
        parts = said.split()
        if any(part in self._own or self._nearly_own(part) or part in given_names() for part in parts):
            return True
        before = " ".join(folded[max(0, place - 3) : place])
        if before and _CALLED.search(before) and (self._strange(said) or _TITLES.search(before)):
            return word[:1].isupper() or self._strange(said)
        short = word.isupper() and len(word) <= 4  # TAC, CUP, RMN
        return word[:1].isupper() and not shouting and not short and self._strange(said)

    def _nearly_own(self, word: str) -> bool:
        return len(word) >= 5 and any(len(own) >= 5 and distance(own, word, 1) <= 1 for own in self._own)

    def _strange(self, said: str) -> bool:
        """Whether no word that is known here explains it."""
        parts = said.split()
        return all(
            part not in self._known and not class_of(part).startswith("=") and not part.isdigit() for part in parts
        ) and bool(parts)


def _adjacent(text: str, found: list[re.Match[str]], place: int, beside: int) -> bool:
    first, second = sorted((place, beside))
    return not text[found[first].end() : found[second].start()].strip(" ,.'’")
