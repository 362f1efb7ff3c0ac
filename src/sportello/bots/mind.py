"""Everything a turn of the embedded assistant needs to know, gathered beforehand so that the turn itself is pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from sportello.bots.library import Library
from sportello.bots.red_flags import Watch, shipped
from sportello.bots.understanding import Phrase, Understanding


@dataclass(frozen=True, slots=True)
class Quote:
    """An approved article in one language: what is quoted word for word, and the card that leads to the whole."""

    slug: str
    title: str
    summary: str
    card: dict[str, str]


@dataclass(frozen=True, slots=True)
class Mind:
    """`quotes` by (slug, language); `answers` tells which article answers which of the assistant's topics."""

    library: Library
    understanding: Understanding
    clinic: str
    emergency: str
    quotes: Mapping[tuple[str, str], Quote] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    flags: Watch = field(default_factory=shipped)

    def quote(self, slug: str, language: str) -> Quote | None:
        return self.quotes.get((slug, language))


# Half a second of counting, for the same phrases again whenever a house is furnished or an edition is looked at.
_understanding = lru_cache(maxsize=4)(Understanding)


def mind_of(
    library: Library,
    *,
    clinic: str,
    emergency: str,
    quotes: Mapping[tuple[str, str], Quote] | None = None,
    answers: Mapping[str, str] | None = None,
    article_phrases: list[tuple[str, str, str]] | None = None,
    flags: Watch | None = None,
) -> Mind:
    """Joins the scenarios' phrases with those of the articles; an article that answers a topic adds to that topic."""
    scenarios = library.answering()
    wish_of = {slug: scenarios[topic] for topic, slug in (answers or {}).items() if topic in scenarios}
    extra = [
        Phrase(wish_of.get(slug, f"article:{slug}"), language, phrase)
        for slug, language, phrase in article_phrases or ()
    ]
    return Mind(
        library=library,
        understanding=_understanding((*library.phrases(), *extra)),
        clinic=clinic,
        emergency=emergency,
        quotes=quotes or {},
        answers=answers or {},
        flags=flags or shipped(),
    )
