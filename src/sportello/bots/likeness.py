"""How like one of two piles of sentences a new one is: the second ear of the red flags, for words no line was made for.

Counted, not guessed: each word, its beginning, its runs of four letters and each neighbourhood of two words is worth
the logarithm of how much more often it stands in the one pile than in the other (naive Bayes). The same piles give the
same answer.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from sportello.bots.wording import words

_SEEN = 0.5  # added to every count, so that what was seen once does not decide
_STEM, _RUN, _APART = 5, 4, 4
MOST_WORDS = 80


def features(text: str) -> list[str]:
    """What of a sentence is counted, each once."""
    said = words(text)[:MOST_WORDS]
    stems = [word[:_STEM] for word in said]
    found = dict.fromkeys(said)
    found |= dict.fromkeys(f"{stem}-" for stem in stems)
    for word in said:
        found |= dict.fromkeys(f"-{word[at : at + _RUN]}-" for at in range(len(word) - _RUN + 1) if len(word) > _RUN)
    for place, stem in enumerate(stems):
        found |= dict.fromkeys(f"{stem} {other}" for other in stems[place + 1 : place + 2])
        found |= dict.fromkeys(f"{stem} .. {other}" for other in stems[place + 2 : place + _APART + 1])
    return list(found)


class Likeness:
    """Above 0 a sentence is more like `these` than like `those`."""

    def __init__(self, these: Sequence[str], those: Sequence[str]) -> None:
        one, other = _counted(these), _counted(those)
        more, fewer = len(these) + 2 * _SEEN, len(those) + 2 * _SEEN
        self._worth = {
            name: math.log((one[name] + _SEEN) / more) - math.log((other[name] + _SEEN) / fewer)
            for name in one.keys() | other.keys()
        }

    def of(self, text: str) -> float:
        found = features(text)
        return sum(self._worth.get(name, 0.0) for name in found) / math.sqrt(len(found)) if found else 0.0


def _counted(texts: Iterable[str]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for text in texts:
        counted.update(features(text))
    return counted
