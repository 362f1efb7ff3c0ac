"""What makes an article fit to be shown; pure."""

import re

from sportello.knowledge.texts import LANGUAGES, ArticleText

CATEGORIES = ("visits", "hospital", "rights", "wellness")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_MOST = {"title": 160, "summary": 600, "body": 40_000}


def is_slug(text: str) -> bool:
    """Whether a stranger's text can be an article's address at all."""
    return bool(_SLUG.fullmatch(text))


def problems(article: ArticleText) -> list[str]:
    """Everything that keeps an article out, in words; empty when it is fit."""
    found = []
    if not is_slug(article.slug):
        found.append(f"article {article.slug!r}: the slug takes small letters, digits and hyphens")
    if article.category not in CATEGORIES:
        found.append(f"article {article.slug}: category {article.category!r} is none of {', '.join(CATEGORIES)}")
    if article.review_by < article.approved_on:
        found.append(f"article {article.slug}: review_by lies before approved_on")
    if not article.approved_by.strip():
        found.append(f"article {article.slug}: nobody approved it")
    for language in LANGUAGES:
        words = article.words(language)
        for name, most in _MOST.items():
            text = getattr(words, name)
            if not text.strip():
                found.append(f"article {article.slug}: {name} is missing in {language}")
            elif len(text) > most:
                found.append(f"article {article.slug}: {name} in {language} is longer than {most} characters")
    return found
