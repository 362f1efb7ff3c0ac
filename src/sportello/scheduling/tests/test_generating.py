"""Slots on ordinary days and on the two days when clocks change."""

from datetime import UTC, date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from sportello.scheduling.calendar import Hours, WeeklyTemplate
from sportello.scheduling.generating import days_from, instant, pieces, slots_of

ROME = ZoneInfo("Europe/Rome")
NIGHT = Hours(6, time(0), time(6))


def _walls(day: date, hours: Hours, minutes: int = 60) -> list[str]:
    return [
        starts.astimezone(ROME).strftime("%H:%M%z")
        for starts, _ in pieces(day, hours.begins, hours.ends, minutes, ROME)
    ]


def test_an_ordinary_night_has_six_hours() -> None:
    assert len(_walls(date(2026, 11, 1), NIGHT)) == 6


def test_the_night_that_skips_an_hour_has_five() -> None:
    walls = _walls(date(2027, 3, 28), NIGHT)
    assert walls == ["00:00+0100", "01:00+0100", "03:00+0200", "04:00+0200", "05:00+0200"]


def test_the_night_that_repeats_an_hour_has_seven() -> None:
    walls = _walls(date(2026, 10, 25), NIGHT)
    assert walls == [
        "00:00+0200", "01:00+0200", "02:00+0200", "02:00+0100", "03:00+0100", "04:00+0100", "05:00+0100",
    ]  # fmt: skip


def test_the_working_day_keeps_its_wall_time_on_both_change_days() -> None:
    morning = Hours(6, time(8, 30), time(10))
    assert _walls(date(2026, 10, 25), morning, 30) == ["08:30+0100", "09:00+0100", "09:30+0100"]
    assert _walls(date(2027, 3, 28), morning, 30) == ["08:30+0200", "09:00+0200", "09:30+0200"]


def test_a_skipped_opening_means_the_moment_of_the_change() -> None:
    assert instant(date(2027, 3, 28), time(2), ROME) == datetime(2027, 3, 28, 1, tzinfo=UTC)


def test_a_template_knows_its_weekdays_and_its_season() -> None:
    template = WeeklyTemplate(
        "t", "r", 30, (Hours(0, time(9), time(10)), Hours(2, time(14), time(15))), valid_until=date(2026, 11, 29)
    )
    starts = [one.astimezone(ROME) for one, _ in slots_of(template, ROME, days_from(date(2026, 11, 23), 2))]
    assert [f"{one:%a %H:%M}" for one in starts] == ["Mon 09:00", "Mon 09:30", "Wed 14:00", "Wed 14:30"]


@given(
    day=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    edges=st.lists(st.integers(0, 24 * 12 - 1), min_size=2, max_size=2, unique=True).map(sorted),
    minutes=st.integers(5, 120),
)
def test_slots_never_overlap_nor_leave_the_day(day: date, edges: list[int], minutes: int) -> None:
    begins, ends = (time(*divmod(edge * 5, 60)) for edge in edges)
    cut = list(pieces(day, begins, ends, minutes, ROME))
    assert all(left[1] == right[0] for left, right in pairwise(cut))
    assert all(instant(day, begins, ROME) <= a and b <= instant(day, ends, ROME) for a, b in cut)
