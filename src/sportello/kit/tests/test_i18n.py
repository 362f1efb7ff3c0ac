"""Texts, dates and spans in both languages, and which language a request is answered in."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from sportello.kit import i18n
from sportello.kit.language import from_header

ROME = ZoneInfo("Europe/Rome")
BEFORE_SUMMER = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)


def test_italian_and_english() -> None:
    assert i18n.translate("it", "This field is required.") == "Questo campo è obbligatorio."
    assert i18n.translate("en", "This field is required.") == "This field is required."
    assert i18n.translate("it", "Nobody translated %(this)s", this="that") == "Nobody translated that"


def test_plurals_fall_back_to_english() -> None:
    told = [i18n.translate_many("it", "%(num)s untold thing", "%(num)s untold things", n) for n in (0, 1, 2)]
    assert told == ["0 untold things", "1 untold thing", "2 untold things"]


def test_a_day_without_its_hour_from_two_to_three() -> None:
    assert i18n.format_time(BEFORE_SUMMER, "it", ROME) == "01:59"
    assert i18n.format_time(BEFORE_SUMMER + timedelta(minutes=1), "it", ROME) == "03:00"
    assert i18n.format_datetime(BEFORE_SUMMER, "en", ROME) == "29 Mar 2026, 01:59"
    assert i18n.format_date(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "it", ROME) == "1 gennaio 2027"
    assert i18n.format_date(date(2026, 11, 23), "it", ROME, "full") == "lunedì 23 novembre 2026"
    assert i18n.format_time(time(9, 5), "en", ROME) == "09:05"


def test_spans_as_people_say_them() -> None:
    assert i18n.format_duration(80, "it") == "1 minuto"
    assert i18n.format_duration(timedelta(hours=3), "en") == "3 hours"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("it-IT,it;q=0.9,en;q=0.8", "it"), ("en-GB,en;q=0.9,it;q=0.8", "en"), ("de, en;q=0.5, it;q=0.7", "it"),
        ("en;q=0, it;q=0.1", "it"), ("", "it"), ("*", "it"), (";;q=x,,,=", "it"), ("en;q=0.5;x, de", "it"),
        ("en" * 9999, "it"),
    ],
)  # fmt: skip
def test_a_browsers_wish(header: str, language: str) -> None:
    assert from_header(header, ("it", "en")) == language
