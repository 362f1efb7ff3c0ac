"""Shows articles to whoever asks: patients by address, staff by topic, the bot by what it was asked."""

from datetime import date

from sportello.kit.house import House
from sportello.knowledge.store.reading import Article, answering, approved, by_slug, phrases, suggested

__all__ = ["Article", "answering", "approved", "by_slug", "card", "phrases", "suggested", "today"]


def today(house: House) -> date:
    """The day by which reviews are judged: the clinic's."""
    return house.clock.now().astimezone(house.settings.clinic.tz).date()


def card(article: Article) -> dict[str, str | int]:
    """An article as it travels in a message: enough to show and to prove which version was sent."""
    return {
        "slug": article.slug,
        "title": article.title,
        "summary": article.summary,
        "url": f"/articles/{article.slug}?language={article.language}",
        "id": str(article.id),
        "version": article.version,
        "language": article.language,
    }
