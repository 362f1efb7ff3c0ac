"""Finds approved articles by what somebody wrote, whole sentences and typing errors included."""

from sportello.knowledge.folding import fold
from sportello.knowledge.store import finding
from sportello.knowledge.store.finding import ArticleHit
from sportello.knowledge.store.reading import Reader

__all__ = ["ArticleHit", "search"]
LONGEST = 400  # characters of a question that are looked at


async def search(reader: Reader, language: str, text: str, limit: int = 10) -> list[ArticleHit]:
    """The best fitting approved articles in `language`, best first; none for a text without words."""
    folded = fold(text[:LONGEST])
    return await finding.search(reader, language, folded, limit) if folded else []
