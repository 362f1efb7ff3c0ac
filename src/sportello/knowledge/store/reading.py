"""Reads articles: one by its address, the one that answers a topic, all of a category, phrases for the bot."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct


class Reader(Protocol):
    """A database or a transaction."""

    async def fetch(self, sql: str, *args: object) -> list[Any]: ...
    async def fetchrow(self, sql: str, *args: object) -> Any: ...


class Article(Struct, frozen=True):
    """The current version of an article in one language."""

    id: UUID
    slug: str
    category: str
    answers: str
    status: str
    language: str
    version: int
    title: str
    summary: str
    body: str
    approved_by: str
    approved_on: date
    review_by: date

    def is_overdue(self, today: date) -> bool:
        """Whether its review is past: staff are warned, the bot stays silent about it."""
        return self.review_by < today


_COLUMNS = (
    "a.id, a.slug, a.category, a.answers, a.status, v.language, v.version, v.title, v.summary, v.body, v.approved_by,"
    " v.approved_on, v.review_by"
)
_FROM = "from knowledge.article a join knowledge.article_version v on v.article = a.id and v.is_current"


def _article(row: Any) -> Article:
    return Article(**dict(row))


async def by_slug(reader: Reader, slug: str, language: str, *, drafts: bool = False) -> Article | None:
    """The approved article at this address; with `drafts` also one in preparation."""
    row = await reader.fetchrow(
        f"select {_COLUMNS} {_FROM} where a.slug = $1 and v.language = $2"
        " and (a.status = 'approved' or ($3 and a.status = 'draft'))",
        slug,
        language,
        drafts,
    )
    return row and _article(row)


async def answering(reader: Reader, topic: str, language: str, today: date) -> Article | None:
    """The approved article, not past its review, that answers one of the bot's topics."""
    row = await reader.fetchrow(
        f"select {_COLUMNS} {_FROM} where a.answers = $1 and v.language = $2 and a.status = 'approved'"
        " and v.review_by >= $3 order by a.slug limit 1",
        topic,
        language,
        today,
    )
    return row and _article(row)


async def approved(reader: Reader, language: str) -> list[Article]:
    """All approved articles, by category and title."""
    rows = await reader.fetch(
        f"select {_COLUMNS} {_FROM} where v.language = $1 and a.status = 'approved' order by a.category, v.title",
        language,
    )
    return [_article(row) for row in rows]


async def suggested(reader: Reader, topic: str, language: str, limit: int = 5) -> list[Article]:
    """Approved articles that authors meant for a conversation topic."""
    rows = await reader.fetch(
        f"select {_COLUMNS} {_FROM} where v.language = $2 and a.status = 'approved' and $1 = any(a.topics)"
        " order by v.title limit $3",
        topic,
        language,
        limit,
    )
    return [_article(row) for row in rows]


async def phrases(reader: Reader, today: date) -> list[tuple[str, str, str]]:
    """(slug, language, phrase) of every approved article, not past its review: what the bot may recognise."""
    rows = await reader.fetch(
        f"select a.slug, v.language, phrase {_FROM}"
        " cross join lateral unnest(v.phrases || v.title) as phrase"
        " where a.status = 'approved' and v.review_by >= $1 order by a.slug, v.language",
        today,
    )
    return [(row["slug"], row["language"], row["phrase"]) for row in rows]


async def quotable(reader: Reader, today: date) -> list[Article]:
    """Every approved article, not past its review, in every language: what the bot may quote."""
    rows = await reader.fetch(
        f"select {_COLUMNS} {_FROM} where a.status = 'approved' and v.review_by >= $1 order by a.slug, v.language",
        today,
    )
    return [_article(row) for row in rows]


async def titles(reader: Reader, versions: Sequence[tuple[UUID, str, int]]) -> dict[tuple[UUID, str, int], str]:
    """How versions (article, language, number) were titled, also those that were replaced since."""
    rows = await reader.fetch(
        """select article, language, version, title from knowledge.article_version
        join unnest($1::uuid[], $2::text[], $3::integer[]) w(article, language, version)
        using (article, language, version)""",
        *([one[place] for one in versions] for place in range(3)),
    )
    return {(row["article"], row["language"], row["version"]): row["title"] for row in rows}


async def edition(reader: Reader) -> str:
    """Changes whenever an article does; cheap, so that readers may keep what they read until then."""
    row = await reader.fetchrow(
        "select (select max(changed_at) from knowledge.article) as changed,"
        " (select count(*) from knowledge.article_version) as versions"
    )
    return f"{row['changed']}/{row['versions']}"
