"""Takes articles in from content files: what is said twice changes nothing, what changed becomes a new version."""

from sportello.kit.clock import Clock, SystemClock
from sportello.kit.database import Transaction
from sportello.knowledge.rules import problems
from sportello.knowledge.store import writing
from sportello.knowledge.texts import LANGUAGES, ArticleText, ArticleWords

__all__ = ["ArticleText", "ArticleWords", "BrokenArticle", "load_articles"]


class BrokenArticle(ValueError):
    """An article that cannot be shown; the message names article, language and what is wrong."""


async def load_articles(tx: Transaction, articles: list[ArticleText], clock: Clock | None = None) -> int:
    """Keeps the articles after checking them all; the number of versions that are new. Raises BrokenArticle."""
    if found := [problem for article in articles for problem in problems(article)]:
        raise BrokenArticle("; ".join(found))
    now = (clock or SystemClock()).now()
    changed = 0
    for article in articles:
        article_id = await writing.keep_article(tx, article, now)
        for language in LANGUAGES:
            changed += await writing.keep_version(tx, article_id, language, article, now)
    return changed
