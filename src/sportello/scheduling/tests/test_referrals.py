"""Priority classes and their limits, and what is asked of a referral."""

from datetime import date

import pytest

from sportello.scheduling import referrals
from sportello.scheduling.referrals import limit

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("priority", "kind", "last"),
    [
        ("U", "visit", date(2026, 11, 23)), ("B", "visit", date(2026, 11, 30)), ("D", "visit", date(2026, 12, 20)),
        ("D", "exam", date(2027, 1, 19)), ("P", "exam", date(2027, 3, 20)), ("", "visit", None), ("X", "visit", None),
    ],
)  # fmt: skip
def test_each_class_has_its_limit(priority: str, kind: str, last: date | None) -> None:
    assert limit(priority, DAY, kind) == last


def test_without_a_day_there_is_no_limit() -> None:
    assert limit("U", None, "visit") is None


@pytest.mark.parametrize(
    ("said", "more", "fields"),
    [
        (("", "", ""), {"required": True}, {"referral"}),
        (("", "", ""), {"required": True, "brings": True}, set()),
        (("", "", ""), {"required": True, "brings": True, "own": True}, {"referral"}),
        (("", "", ""), {}, set()),
        (("080A0 1234567890", "B", "2026-11-20"), {"required": True}, set()),
        (("ab", "B", ""), {}, {"referral"}),
        (("080A01234567890", "Z", "2026-11-24"), {}, {"priority", "referred_on"}),
        (("080A01234567890", "P", "2024-01-01"), {}, {"referred_on"}),
        (("080A01234567890", "P", "domani"), {}, {"referred_on"}),
    ],
)
def test_what_is_asked(said: tuple[str, str, str], more: dict[str, bool], fields: set[str]) -> None:
    asked = {"required": False, "brings": False, "own": False} | more
    assert set(referrals.errors(said, today=date(2026, 11, 23), **asked)) == fields
