"""How likely a wish is for a sentence, by all its examples together: naive Bayes over words, classes, runs of letters.

The examples are counted when they are read; nothing else is learnt, and the same examples give the same answer.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

from sportello.bots.likeness import features
from sportello.bots.wording import meanings

_SEEN = 0.3  # added to every count
_FEW = 20  # as if so many more words were there: a short sentence alone is no proof
_MIDDLE, _STEEP = 1.5, 0.9  # where the share is a half, and how fast it grows there


class Likelihood:
    """Counted examples of (wish, text)."""

    def __init__(self, examples: Iterable[tuple[str, str]]) -> None:
        self._with: dict[str, Counter[str]] = defaultdict(Counter)
        self._of: Counter[str] = Counter()
        self._all: Counter[str] = Counter()
        for wish, text in examples:
            found = _features(text)
            self._with[wish].update(found)
            self._all.update(found)
            self._of[wish] += 1
        self._total = sum(self._of.values())
        self._wishes = sorted(self._of)
        self._worth: dict[str, tuple[float, ...]] = {}

    def of(self, text: str) -> dict[str, float]:
        """By wish a share between 0 and 1; nothing for a sentence without a known word."""
        found = _features(text)
        rows = [self._row(name) for name in found if name in self._all]
        if not rows:
            return {}
        root = math.sqrt(len(found) + _FEW)
        return {
            wish: 1 / (1 + math.exp(-(sum(values) / root - _MIDDLE) * _STEEP))
            for wish, values in zip(self._wishes, zip(*rows, strict=True), strict=True)
        }

    def _row(self, name: str) -> tuple[float, ...]:
        """What a feature is worth for each wish."""
        if name not in self._worth:
            self._worth[name] = tuple(self._value(wish, name) for wish in self._wishes)
        return self._worth[name]

    def _value(self, wish: str, name: str) -> float:
        here, every = self._with[wish][name], self._all[name]
        others = self._total - self._of[wish] + 2 * _SEEN
        return math.log((here + _SEEN) / (self._of[wish] + 2 * _SEEN)) - math.log((every - here + _SEEN) / others)


def _features(text: str) -> list[str]:
    meant = meanings(text)
    classes = sorted(word for word in meant if word.startswith("="))
    pairs = [f"={one}&{other}" for place, one in enumerate(classes) for other in classes[place + 1 :]]
    return [*features(text), *(f"~{word}" for word in meant), *pairs]
