"""Which of the known wishes a sentence is: words and trigrams against example phrases, without any model.

Deterministic: half of the score is the similarity to the nearest example, half how much the whole of it is like all
examples of the wish together (see `likelihood`); what is nearly an example counts by that alone. A score below the
thresholds leads to buttons or to a person, never to a guess.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

from msgspec import Struct

from sportello.bots.likelihood import Likelihood
from sportello.bots.wording import meanings, strength, trigrams

SURE = 0.62  # at or above it the wish is taken
CLEAR = 0.03  # and only when it leads the next wish by this much
MAYBE = 0.40  # at or above it the wish is offered as a button
MOST_WORDS = 60  # of a sentence that are compared
_AN_EXAMPLE = 0.9  # similarity from which a sentence is the example itself, in other clothes
_ALIKE = 0.55  # trigram similarity from which two words count as the same word, mistyped or inflected


class Phrase(Struct, frozen=True):
    """An example: what a patient may write for a wish."""

    wish: str
    language: str
    text: str


class Guess(Struct, frozen=True):
    """A wish, how near its nearest example is (0 to 1), and the language of that example."""

    wish: str
    score: float
    language: str


class _Example(Struct, frozen=True):
    wish: str
    language: str
    words: tuple[str, ...]
    weight: float


class Understanding:
    """Example phrases made ready for comparison; built once and read by all."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        phrases = list(phrases)
        self._likelihood = Likelihood((phrase.wish, phrase.text) for phrase in phrases)
        split = [(phrase, tuple(meanings(phrase.text))) for phrase in phrases]
        split = [(phrase, found) for phrase, found in split if found]
        wishes_with: dict[str, set[str]] = defaultdict(set)
        for phrase, found in split:
            for word in found:
                wishes_with[word].add(phrase.wish)
        total = len({phrase.wish for phrase, _ in split}) + 1
        # A word that few wishes use says much about the wish; one without content says little.
        self._weights = {
            word: math.log(1 + total / len(wishes)) * strength(word) for word, wishes in wishes_with.items()
        }
        self._unknown = math.log(1 + total / 2)
        self._examples = [
            _Example(phrase.wish, phrase.language, found, sum(self._weights[word] for word in found))
            for phrase, found in split
        ]
        self._examples_with: dict[str, list[int]] = defaultdict(list)
        for number, example in enumerate(self._examples):
            for word in example.words:
                self._examples_with[word].append(number)
        self._trigrams = {word: trigrams(word) for word in self._weights}
        self._by_trigram: dict[str, set[str]] = defaultdict(set)
        for word, grams in self._trigrams.items():
            for gram in grams:
                self._by_trigram[gram].add(word)

    def guesses(self, text: str, language: str) -> list[Guess]:
        """Every wish with its best score, best first; examples in `language` win when equal."""
        asked = meanings(text)[:MOST_WORDS]
        if not asked:
            return []
        near = [self._near(word) for word in asked]
        asked_weights = [
            max((self._weights[known] * alike for known, alike in found.items()), default=0.0)
            or self._unknown * strength(word)
            for word, found in zip(asked, near, strict=True)
        ]
        # For each known word the best likeness of an asked one; for each asked one, what it is worth.
        alike: dict[str, float] = {}
        worth: dict[str, dict[int, float]] = {}
        for place, found in enumerate(near):
            for known, likeness in found.items():
                alike[known] = max(alike.get(known, 0.0), likeness)
                worth.setdefault(known, {})[place] = likeness * asked_weights[place]
        asked_weight = sum(asked_weights)
        best: dict[str, Guess] = {}
        # Of a thousand examples those that share nothing with what was asked are not looked at.
        for example in [self._examples[n] for n in sorted({n for word in alike for n in self._examples_with[word]})]:
            score = self._score(example, alike, worth, asked_weight)
            if example.language != language:
                score -= 0.02
            before = best.get(example.wish)
            if score > 0 and (before is None or score > before.score):
                best[example.wish] = Guess(example.wish, round(score, 4), example.language)
        # What no example ever said tells nothing about any wish: it must not make one likely.
        said = sum(weight for weight, found in zip(asked_weights, near, strict=True) if found) / (asked_weight or 1.0)
        likely = {wish: share * math.sqrt(said) for wish, share in self._likelihood.of(text).items()}
        mixed = [_mixed(guess, likely.get(guess.wish, 0.0)) for guess in best.values()]
        mixed += [Guess(wish, round(share / 2, 4), language) for wish, share in likely.items() if wish not in best]
        return sorted(mixed, key=lambda guess: (-guess.score, guess.wish))

    def _near(self, word: str) -> dict[str, float]:
        """Known words that this one may be, with their likeness."""
        found = {word: 1.0} if word in self._trigrams else {}
        if len(word) < 4:
            return found
        if word.startswith("="):
            return found
        grams = trigrams(word)
        shared = Counter(known for gram in grams for known in self._by_trigram.get(gram, ()))
        for known, count in shared.items():
            if len(known) > 3 and known != word and known[0] != "=":
                alike = 2 * count / (len(grams) + len(self._trigrams[known]))
                if alike >= _ALIKE:
                    found[known] = alike
        return found

    def _score(
        self, example: _Example, alike: dict[str, float], worth: dict[str, dict[int, float]], asked_weight: float
    ) -> float:
        """Mostly how much of the example is in the sentence, a little how much of the sentence is in the example."""
        said = sum(self._weights[word] * alike.get(word, 0.0) for word in example.words)
        if not said or not asked_weight:
            return 0.0
        heard: dict[int, float] = {}
        for word in example.words:
            for place, value in worth.get(word, {}).items():
                heard[place] = max(heard.get(place, 0.0), value)
        return 0.72 * said / example.weight + 0.28 * sum(heard.values()) / asked_weight


def _mixed(guess: Guess, likely: float) -> Guess:
    if guess.score >= _AN_EXAMPLE:
        return guess
    return Guess(guess.wish, round((guess.score + likely) / 2, 4), guess.language)
