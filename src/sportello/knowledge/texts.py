"""An article as its authors write it: both languages at once, with who approved it and until when it holds."""

from datetime import date
from typing import Literal

from msgspec import Struct

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
