"""Texts in the reader's language: English is the message id, gettext catalogues hold the Italian."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import dates
from babel.messages.pofile import read_po

import sportello

LANGUAGES = ("it", "en")
_LOCALE = Path(sportello.__file__).parent / "locale"
_BABEL = {"it": "it_IT", "en": "en_GB"}


def N_(message: str) -> str:  # noqa: N802  gettext's own name, known to its extractors
    """Marks a message for extraction; it is translated where it is shown."""
    return message


@cache
def catalogue(language: str) -> dict[str, str | tuple[str, ...]]:
    """All translations of a language, merged from the rooms' catalogues."""
    found: dict[str, str | tuple[str, ...]] = {}
    for file in sorted((_LOCALE / language).glob("*.po")):
        with file.open("rb") as handle:
            for message in read_po(handle, locale=language):
                if message.id and message.string:
                    key = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
                    found[key] = message.string
    return found


def gettext(language: str, message: str) -> str:
    """The translation, or the English message itself."""
    found = catalogue(language).get(message)
    if found is None:
        return message
    return found if isinstance(found, str) else found[0]


def ngettext(language: str, one: str, many: str, n: int) -> str:
    """Singular or plural; Italian and English divide alike."""
    found = catalogue(language).get(one)
    if isinstance(found, tuple | list) and len(found) > 1:
        return found[0 if n == 1 else 1]
    return one if n == 1 else many


def translate(language: str, message: str, **values: Any) -> str:
    """A message with its `%(name)s` places filled."""
    text = gettext(language, message)
    return text % values if values else text


def format_datetime(value: datetime, language: str, zone: ZoneInfo, style: str = "medium") -> str:
    """An instant in the clinic's zone, in the language's own order."""
    return dates.format_datetime(value, style, tzinfo=zone, locale=_BABEL[language])


def format_date(value: date | datetime, language: str, zone: ZoneInfo, style: str = "long") -> str:
    """A day; an instant is first put into the clinic's zone."""
    day = value.astimezone(zone).date() if isinstance(value, datetime) else value
    return dates.format_date(day, style, locale=_BABEL[language])


def format_time(value: datetime, language: str, zone: ZoneInfo) -> str:
    """Hours and minutes of an instant, 24 hours in both languages."""
    return dates.format_time(value, "HH:mm", tzinfo=zone, locale=_BABEL[language])


def format_duration(value: timedelta | float, language: str) -> str:
    """A span in one unit, as a person would say it."""
    span = value if isinstance(value, timedelta) else timedelta(seconds=value)
    return dates.format_timedelta(span, locale=_BABEL[language], threshold=1.2)


def utc(value: datetime) -> datetime:
    """The same instant in UTC."""
    return value.astimezone(UTC)
