"""Keeps articles: an article is one row, each change of its words or approval a new version of that language."""

from datetime import datetime
from uuid import UUID

from sportello.kit.database import Transaction
from sportello.kit.ids import uuid7
from sportello.knowledge.folding import fold
from sportello.knowledge.markdown import plain_text
from sportello.knowledge.texts import ArticleText


async def keep_article(tx: Transaction, article: ArticleText, now: datetime) -> UUID:
    """The article's id; category, topics and status are as last said."""
    found: UUID = await tx.fetchval(
        """
        insert into knowledge.article (id, slug, category, answers, topics, status, created_at, changed_at)
        values ($1, $2, $3, $4, $5, $6, $7, $7)
        on conflict (slug) do update
        set category = excluded.category, answers = excluded.answers, topics = excluded.topics,
            status = excluded.status, changed_at = excluded.changed_at
        returning id
        """,
        uuid7(),
        article.slug,
        article.category,
        article.answers,
        list(article.topics),
        article.status,
        now,
    )
    return found


async def keep_version(tx: Transaction, article_id: UUID, language: str, article: ArticleText, now: datetime) -> bool:
    """True when these words or this approval are new; the version before stays readable."""
    words = article.words(language)
    same = await tx.fetchrow(
        "select version, (title, summary, body, phrases, approved_by, approved_on, review_by)"
        " = ($3::text, $4::text, $5::text, $6::text[], $7::text, $8::date, $9::date) as same"
        " from knowledge.article_version where article = $1 and language = $2 and is_current for update",
        article_id,
        language,
        words.title,
        words.summary,
        words.body,
        list(words.phrases),
        article.approved_by,
        article.approved_on,
        article.review_by,
    )
    if same and same["same"]:
        return False
    await tx.execute(
        "update knowledge.article_version set is_current = false where article = $1 and language = $2 and is_current",
        article_id,
        language,
    )
    await tx.execute(
        """
        insert into knowledge.article_version (article, language, version, is_current, title, summary, body, phrases,
            approved_by, approved_on, review_by, written_at, head, words)
        values ($1, $2, $3, true, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        article_id,
        language,
        (same["version"] if same else 0) + 1,
        words.title,
        words.summary,
        words.body,
        list(words.phrases),
        article.approved_by,
        article.approved_on,
        article.review_by,
        now,
        fold(" ".join((words.title, *words.phrases))),
        fold(f"{words.summary} {plain_text(words.body)}"),
    )
    return True
