"""Articles' light markdown to safe HTML: raw HTML stays text, links lead to https or to our own articles only."""

import re
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup

_LINK = re.compile(r"https://[^\s]+|/articles/[a-z0-9-]+|tel:\+?[0-9]+", re.I)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parser.validateLink = lambda url: bool(_LINK.fullmatch(url))  # type: ignore[method-assign]
    return parser


def render(body: str, title_level: int = 1) -> Markup:
    """HTML whose headings stand below a title of `title_level`."""
    tokens = _parser().parse(body)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, max(2, int(token.tag[1])) + title_level - 1)}"
        for child in token.children or ():
            if child.type == "link_open" and str(child.attrs.get("href", "")).startswith("https:"):
                child.attrSet("rel", "noopener noreferrer")
    return Markup(_parser().renderer.render(tokens, _parser().options, {}))  # noqa: S704  made safe above


def plain_text(body: str) -> str:
    """The words alone, for searching."""

    def words(tokens: list[Any]) -> list[str]:
        found: list[str] = []
        for token in tokens:
            if token.children:
                found += words(token.children)
            elif token.type in ("text", "code_inline", "fence", "code_block"):
                found.append(token.content)
        return found

    return " ".join(words(_parser().parse(body)))
