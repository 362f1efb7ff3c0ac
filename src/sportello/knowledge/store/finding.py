"""Searches articles: words by their stems in the article's language, typing errors by trigrams."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from sportello.knowledge.store.reading import Reader


class ArticleHit(Struct, frozen=True):
    """An article that fits; `score` runs from 0 to about 1."""

    article_id: UUID
    slug: str
    category: str
    title: str
    excerpt: str
    review_by: date
    score: float


# The query is folded, so its lexemes hold only a-z and 0-9 and can be put into a tsquery as they are. Any word may
# match (patients write whole sentences); the share of words that do, and where, decides the order.
_SEARCH = """
with asked as (
    select tsvector_to_array(to_tsvector($1::text::regconfig, $3)) as lexemes
), query as (
    select lexemes, nullif(array_to_string(lexemes, ' | '), '')::tsquery as any_word from asked
), fitting as (
    select v.*, a.slug, a.category, q.lexemes, q.any_word
    from query q, knowledge.article_version v join knowledge.article a on a.id = v.article
    where v.is_current and v.language = $2 and a.status = 'approved'
      and (v.search @@ q.any_word or $3 <% v.head)
)
select article, slug, category, title, summary, review_by,
       0.5 * coalesce((select avg((f.search @@ l::tsquery)::int) from unnest(f.lexemes) l), 0)
       + 0.3 * word_similarity($3, f.head)
       + 0.2 * least(1.0, coalesce(ts_rank(f.search, f.any_word), 0)) as score
from fitting f
order by score desc, title
limit $4
"""
_CONFIGURATIONS = {"it": "pg_catalog.italian", "en": "pg_catalog.english"}


async def search(reader: Reader, language: str, folded: str, limit: int) -> list[ArticleHit]:
    """Approved articles for an already folded text, best first."""
    rows = await reader.fetch(_SEARCH, _CONFIGURATIONS[language], language, folded, limit)
    return [
        ArticleHit(
            row["article"], row["slug"], row["category"], row["title"], row["summary"], row["review_by"],
            float(row["score"]),
        )
        for row in rows
    ]  # fmt: skip
