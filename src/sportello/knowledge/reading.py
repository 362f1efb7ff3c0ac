"""Shows articles to whoever asks: patients by address, staff by topic, the bot by what it was asked."""

from datetime import date

from sportello.kit.house import House
from sportello.knowledge.store.reading import (
    Article,
    answering,
    approved,
    by_slug,
    edition,
    phrases,
    quotable,
    suggested,
    titles,
)

__all__ = [
    "Article", "answering", "approved", "by_slug", "card", "edition", "phrases", "quotable", "suggested", "titles",
    "today",
]  # fmt: skip


def today(house: House) -> date:
    """The day by which reviews are judged: the clinic's."""
    return house.clock.now().astimezone(house.settings.clinic.tz).date()


def card(article: Article, *, excerpt: bool = True) -> dict[str, str]:
    """An article as it travels in a message: enough to show it and to prove which version was sent."""
    return {
        "slug": article.slug,
        "title": article.title,
        "url": f"/articles/{article.slug}?language={article.language}",
        "version": str(article.version),
        "language": article.language,
        **({"excerpt": article.summary} if excerpt else {}),
    }
