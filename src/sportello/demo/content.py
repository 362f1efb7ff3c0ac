"""Reads the demo's articles and scripts from `content/`, one file each, so that texts can be edited as texts."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from sportello.kit.written import read_yaml
from sportello.knowledge.loading import ArticleText
from sportello.scripts.loading import ScriptText

_FOLDER = Path(__file__).parent / "content"
T = TypeVar("T", bound=msgspec.Struct)


def articles(today: date) -> list[ArticleText]:
    """The knowledge articles, approved a month ago for a year: the demo's texts never look stale."""
    approval = {
        "approved_by": "Sara Villa",
        "approved_on": (today - timedelta(days=30)).isoformat(),
        "review_by": (today + timedelta(days=335)).isoformat(),
    }
    return _read("articles", ArticleText, approval)


def scripts() -> list[ScriptText]:
    """The agents' scripts."""
    return _read("scripts", ScriptText, {})


def _read(kind: str, struct: type[T], more: dict[str, Any]) -> list[T]:
    found = []
    for file in sorted((_FOLDER / kind).glob("*.yaml")):
        # msgspec's errors name the field; the file is what an author needs besides.
        try:
            found.append(msgspec.convert(read_yaml(file.read_text()) | more, struct, strict=False))
        except (msgspec.ValidationError, yaml.YAMLError) as error:
            raise ValueError(f"{file.name}: {error}") from error
    return found
