"""Texts in the reader's language: English is the message id, gettext catalogues hold the Italian."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel import dates
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

import sportello

LANGUAGES = ("it", "en")
_LOCALE = Path(sportello.__file__).parent / "locale"
_BABEL = {"it": "it_IT", "en": "en_GB"}
Style = Literal["short", "medium", "long", "full", "weekday"]


def N_(message: str) -> str:  # noqa: N802  gettext's own name, known to its extractors
    """Marks a message for extraction; it is translated where it is shown."""
    return message


@cache
def catalogue(language: str) -> dict[str, tuple[str, ...]]:
    """All translations of a language, merged from the rooms' catalogues; a text without plural is a tuple of one."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted((_LOCALE / language).glob("*.po")):
        with file.open("rb") as handle:
            for message in read_po(handle, locale=language):
                if not message.id or not message.string or message.fuzzy:
                    continue
                key = message.id if isinstance(message.id, str) else message.id[0]
                found[key] = (message.string,) if isinstance(message.string, str) else tuple(message.string)
    return found


def gettext(language: str, message: str) -> str:
    """The translation, or the English message itself."""
    found = catalogue(language).get(message)
    return found[0] if found else message


def ngettext(language: str, one: str, many: str, n: int) -> str:
    """Singular or plural; Italian and English divide alike."""
    found = catalogue(language).get(one)
    if found is None or len(found) < 2:
        found = (one, many)
    return found[0 if n == 1 else 1]


def translate(language: str, message: str, **values: Any) -> str:
    """A message with its `%(name)s` places filled."""
    text = gettext(language, message)
    return text % values if values else text


def in_each(message: str, **values: Any) -> dict[str, str]:
    """A message in every language, for what is kept and read by whoever comes later."""
    return {language: translate(language, message, **values) for language in LANGUAGES}


def translate_many(language: str, one: str, many: str, n: int, **values: Any) -> str:
    """The singular or plural message with its places filled; `%(num)s` is the number."""
    return ngettext(language, one, many, n) % {"num": n, **values}


def format_datetime(value: datetime, language: str, zone: ZoneInfo, style: Style = "medium") -> str:
    """An instant in the clinic's zone, in the language's own order; hours from 0 to 23, no seconds."""
    return f"{format_date(value, language, zone, style)}, {format_time(value, language, zone)}"


def format_date(value: date | datetime, language: str, zone: ZoneInfo, style: Style = "long") -> str:
    """A day; an instant is first put into the clinic's zone."""
    day = value.astimezone(zone).date() if isinstance(value, datetime) else value
    if style == "weekday":  # "mar 24 nov", for the head of a column
        return dates.format_skeleton("MMMEd", day, locale=_BABEL[language])
    return dates.format_date(day, style, locale=_BABEL[language])


def format_time(value: datetime | time, language: str, zone: ZoneInfo) -> str:
    """Hours and minutes, 24 hours in both languages; a time of day without zone stands as it is."""
    local = value.astimezone(zone).time() if isinstance(value, datetime) else value
    return f"{local:%H:%M}"


def city_of(language: str, zone: str) -> str:
    """The city that a zone is named after."""
    return dates.get_timezone_location(ZoneInfo(zone), locale=_BABEL[language], return_city=True)


def format_duration(value: timedelta | float, language: str) -> str:
    """A span in one unit, as a person would say it; a number is seconds."""
    span = value if isinstance(value, timedelta) else timedelta(seconds=value)
    return dates.format_timedelta(span, locale=_BABEL[language], threshold=1.2)


def utc(value: datetime) -> datetime:
    """The same instant in UTC."""
    return value.astimezone(UTC)


def format_size(size: int, language: str) -> str:
    """A file's size as people say it: kB and MB by thousands, as phones count."""
    if size < 1_000_000:
        return f"{format_decimal(max(1, round(size / 1000)), locale=language)} kB"
    return f"{format_decimal(round(size / 1_000_000, 1), locale=language)} MB"
