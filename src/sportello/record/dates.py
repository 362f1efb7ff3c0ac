"""FHIR dates of any precision: shown as precisely as they were written, no more, in the clinic's zone."""

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton
from msgspec import Struct

from sportello.kit.i18n import format_time
from sportello.record.concepts import string


class When(Struct, frozen=True):
    """An instant, day, month or year; `at` orders it, `day` places it on a day of the clinic when it has one."""

    text: str
    at: datetime
    day: date | None
    exact: bool

    def shown(self, language: str, zone: ZoneInfo) -> str:
        """`12 mar 2026, 09:30`, `12 mar 2026`, `marzo 2026` or `2026`."""
        if self.exact:
            return f"{_day(self.at.astimezone(zone).date(), language)}, {self.time_in(language, zone)}"
        return self.shown_day(language, zone)

    def shown_day(self, language: str, zone: ZoneInfo) -> str:
        """The same without the time of day."""
        if day := self.day_in(zone):
            return _day(day, language)
        return format_skeleton("yMMMM", self.at, locale=language) if len(self.text) == 7 else self.text

    def day_in(self, zone: ZoneInfo) -> date | None:
        """The day on the clinic's calendar; None when only month or year are known."""
        return self.at.astimezone(zone).date() if self.exact else self.day

    def time_in(self, language: str, zone: ZoneInfo) -> str | None:
        """The time of day, or None when it is not known."""
        return format_time(self.at, language, zone) if self.exact else None


@lru_cache(maxsize=10_000)
def _day(day: date, language: str) -> str:
    """Babel takes 200 us each, and a record shows the same days over and over."""
    return format_date(day, "d MMM y", locale=language)


def when(value: object) -> When | None:
    """The date written in an element, or None when it is missing or malformed."""
    text = string(value)
    if not text:
        return None
    try:
        if "T" in text:
            at = datetime.fromisoformat(text)
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
            return When(text, at, at.date(), True)
        year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
        at = datetime(year, month or 1, day or 1, tzinfo=UTC)
        return When(text, at, at.date() if day else None, False)
    except (ValueError, OverflowError):
        return None


def period(value: object) -> tuple[When | None, When | None]:
    """Start and end of a Period."""
    return (when(value.get("start")), when(value.get("end"))) if isinstance(value, dict) else (None, None)


def first_when(resource: dict[str, object], *fields: str) -> When | None:
    """The first of these elements, dates or periods, that tells when."""
    for field in fields:
        value = resource.get(field)
        if found := when(value):
            return found
        start, end = period(value)
        if start or end:
            return start or end
    return None


def age(born: When | None, on: date) -> int | None:
    """Completed years on a day; None when the year of birth is unknown or ahead."""
    if not born:
        return None
    year, month, day = born.at.year, born.at.month, born.at.day
    precise = born.day is not None
    years = on.year - year - (precise and (on.month, on.day) < (month, day))
    return years if years >= 0 else None
