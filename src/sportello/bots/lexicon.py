"""Words that mean the same become one class before sentences are compared; a hospital can read and extend the list."""

from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from sportello.bots.slips import distance
from sportello.kit.written import read_yaml

_FILE = Path(__file__).with_name("lexicon.yaml")
_SLIP_FROM = 6  # letters from which a typing error is forgiven


@cache
def _read() -> dict[str, Any]:
    return dict(read_yaml(_FILE.read_text()))


def strength(word: str) -> float:
    """How much a word, or a class, counts; 1 unless the list calls its class weak."""
    return float(_read()["weak"].get(word.removeprefix("="), 1.0)) if word.startswith("=") else 1.0


@cache
def _classes() -> tuple[dict[str, str], dict[str, str]]:
    """Whole words and prefixes with their class."""
    whole: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    for name, listed in _read()["classes"].items():
        for word in listed:
            if word.endswith("*"):
                prefixes[word[:-1]] = name
            else:
                whole[word] = name
    return whole, prefixes


@lru_cache(maxsize=50_000)
def class_of(word: str) -> str:
    """`=class` of a folded word, or the word itself when it has none."""
    whole, prefixes = _classes()
    if name := whole.get(word):
        return f"={name}"
    # The longest prefix decides: "cancel" before "can".
    for length in range(len(word), 2, -1):
        if name := prefixes.get(word[:length]):
            return f"={name}"
    if len(word) >= _SLIP_FROM:
        for known, name in whole.items():
            if len(known) >= _SLIP_FROM and known[0] == word[0] and distance(known, word, 1) <= 1:
                return f"={name}"
        for known, name in prefixes.items():
            if len(known) >= 5 and known[0] == word[0] and _begins(known, word):
                return f"={name}"
    return word


def _begins(prefix: str, word: str) -> bool:
    """Whether the word begins with the prefix but for one typing error, which may have made it longer or shorter."""
    return any(distance(prefix, word[: len(prefix) + more], 1) <= 1 for more in (-1, 0, 1))
