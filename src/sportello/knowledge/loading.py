"""Takes articles in from content files: what is said twice changes nothing, what changed becomes a new version."""

from datetime import date
from typing import Literal

from msgspec import Struct

from sportello.kit.clock import Clock, SystemClock
from sportello.kit.database import Transaction
from sportello.knowledge import store
from sportello.knowledge.markdown import plain_text

LANGUAGES = ("it", "en")


class ArticleWords(Struct, frozen=True, forbid_unknown_fields=True):
    """An article in one language.

    `body` is light markdown (headings from ##, lists, **bold**, tables, https links); raw HTML stays visible text.
    `summary` is the one or two sentences that the bot and an article card quote word for word.
    `phrases` are questions as patients write them ("A che ora aprite?"); the bot recognises these and their likes.
    """

    title: str
    summary: str
    body: str
    phrases: tuple[str, ...] = ()


class ArticleText(Struct, frozen=True, forbid_unknown_fields=True):
    """An article in both languages with its approval.

    `slug` is its address (`opening-hours`). `category` is one of visits, hospital, rights, wellness.
    `answers` names the bot's topic that this article answers ("hours", "parking", "documents", "costs", "preparation",
    "results", "visiting", "directions", ...); exactly one approved article should answer "hours". Empty: only search
    finds it. `topics` are conversation topics for which agents are offered it ("reschedule", "book", "cancel", "info").
    Past `review_by` the article is still shown to staff, with a warning, but the bot no longer quotes it.
    """

    slug: str
    category: str
    it: ArticleWords
    en: ArticleWords
    approved_by: str
    approved_on: date
    review_by: date
    answers: str = ""
    topics: tuple[str, ...] = ()
    status: Literal["draft", "approved", "retired"] = "approved"

    def words(self, language: str) -> ArticleWords:
        return self.it if language == "it" else self.en


async def load_articles(tx: Transaction, articles: list[ArticleText], clock: Clock | None = None) -> int:
    """Keeps the articles; the number that were new or changed."""
    now = (clock or SystemClock()).now()
    changed = 0
    for article in articles:
        article_id = await store.keep_article(tx, article, now)
        for language in LANGUAGES:
            words = article.words(language)
            body_text = plain_text(words.body)
            changed += await store.keep_version(tx, article_id, language, words, body_text, article, now)
    return changed
