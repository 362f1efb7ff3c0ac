"""Opening hours in the clinic's zone: change days, midnight, holidays, days that are different."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sportello.routing.engine.hours import is_holiday, is_open, next_change, next_opening
from sportello.routing.plan.parts import Hours
from sportello.routing.plan.words import OneDay, Opening, Text

ROME = ZoneInfo("Europe/Rome")
NAME = Text("Orari", "Hours")
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
OFFICE = Hours("office", NAME, (Opening((1, 2, 3, 4, 5), "08:00", "18:00"),), "IT")


def rome(day: int, month: int, hour: int, minute: int = 0, year: int = 2026, fold: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ROME, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (rome(23, 11, 8), True),
        (rome(23, 11, 7, 59), False),
        (rome(23, 11, 18), False),
        (rome(22, 11, 12), False),  # a Sunday
        (rome(8, 12, 12), False),  # the Immaculate Conception, a Tuesday
        (rome(6, 4, 12), False),  # Easter Monday
    ],
)
def test_weekdays_and_holidays(at: datetime, expected: bool) -> None:
    assert is_open(OFFICE, at, ROME) is expected


def test_a_day_of_its_own_goes_before_the_week_and_the_holiday() -> None:
    days = (OneDay(date(2026, 12, 8), "09:00", "12:00"), OneDay(date(2026, 12, 9)))
    own = Hours("own", NAME, OFFICE.openings, "IT", days)
    assert is_open(own, rome(8, 12, 10), ROME)
    assert not is_open(own, rome(9, 12, 10), ROME)
    assert next_opening(own, rome(8, 12, 12), ROME) == rome(10, 12, 8)


def test_a_night_goes_on_after_midnight_and_a_day_ends_at_twenty_four() -> None:
    night = Hours("night", NAME, (Opening((5,), "22:00", "06:00"),))
    assert is_open(night, rome(28, 11, 5, 59), ROME), "Saturday morning belongs to Friday's night"
    assert not is_open(night, rome(28, 11, 6), ROME)
    whole = Hours("whole", NAME, (Opening(EVERY_DAY, "00:00", "24:00"),))
    assert is_open(whole, rome(23, 11, 23, 59), ROME)
    assert is_open(whole, rome(24, 11, 0), ROME)
    assert next_change(whole, rome(23, 11, 12), ROME) is None, "midnight is no change"


def test_in_spring_the_hour_that_is_not_there_opens_when_the_clocks_have_jumped() -> None:
    early = Hours("early", NAME, (Opening(EVERY_DAY, "02:30", "04:00"),))
    jump = datetime(2027, 3, 28, 1, tzinfo=UTC)  # 02:00 becomes 03:00
    assert not is_open(early, jump - timedelta(seconds=1), ROME)
    assert is_open(early, jump, ROME)
    assert next_opening(early, jump - timedelta(hours=1), ROME) == jump
    assert next_change(early, jump, ROME) == datetime(2027, 3, 28, 2, tzinfo=UTC)


def test_in_autumn_the_hour_that_comes_twice_is_open_both_times() -> None:
    late = Hours("late", NAME, (Opening(EVERY_DAY, "01:00", "02:30"),))
    for fold in (0, 1):
        assert is_open(late, rome(25, 10, 2, 15, fold=fold), ROME)
    assert not is_open(late, rome(25, 10, 2, 30, fold=1), ROME)


def test_hours_that_never_open_say_so() -> None:
    never = Hours("never", NAME)
    assert next_opening(never, rome(23, 11, 12), ROME) is None
    assert next_change(never, rome(23, 11, 12), ROME) is None
    assert next_opening(None, rome(23, 11, 12), ROME) == rome(23, 11, 12)


times = st.integers(0, 1439).map(lambda m: f"{m // 60:02}:{m % 60:02}")
openings = st.builds(Opening, st.sets(st.integers(1, 7), min_size=1).map(tuple), times, times)


@settings(deadline=None)  # a busy machine is no fault
@given(
    st.lists(openings, min_size=1, max_size=3).map(tuple),
    st.datetimes(datetime(2026, 10, 20), datetime(2027, 4, 5)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001
)
def test_the_next_opening_is_open_and_nothing_before_it_is(some: tuple[Opening, ...], at: datetime) -> None:
    hours = Hours("some", NAME, some)
    opens = next_opening(hours, at, ROME)
    change = next_change(hours, at, ROME)
    assert opens is not None
    assert is_open(hours, opens, ROME)
    if opens > at:
        assert change == opens
        assert not is_open(hours, opens - timedelta(seconds=1), ROME)
    elif change is not None:
        assert not is_open(hours, change, ROME)
        assert is_open(hours, change - timedelta(seconds=1), ROME)


@pytest.mark.parametrize(("where", "off"), [("IT-BZ", True), ("IT", False), ("", False), ("XX", False)])
def test_a_part_of_a_country_has_holidays_of_its_own(where: str, off: bool) -> None:
    whit_monday = date(2026, 5, 25)
    assert is_holiday(Hours("office", NAME, holidays=where), whit_monday) is off
