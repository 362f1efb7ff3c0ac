"""The place in the queue and the wait: honest, rounded, and steady."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sportello.routing.engine.expecting import Expectation, expectation, rounded, steady, worth_telling

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def served(*minutes_ago: float) -> list[datetime]:
    return [NOON - timedelta(minutes=one) for one in minutes_ago]


def test_with_too_little_known_only_the_place_is_told() -> None:
    assert expectation(0, served(1, 2, 3, 4), NOON) == Expectation(1)
    assert expectation(0, served(31, 32, 33, 34, 35), NOON) == Expectation(1), "an hour ago is not lately"


def test_the_wait_is_the_place_at_the_pace_of_late() -> None:
    assert expectation(2, served(2, 4, 6, 8, 10), NOON) == Expectation(3, 10), "3 places of 2 minutes: 6, rounded up"
    assert expectation(200, served(2, 4, 6, 8, 10), NOON) == Expectation(201), "over an hour is not said"


@given(st.floats(0, 60))
def test_rounding_never_promises_less(minutes: float) -> None:
    found = rounded(minutes)
    assert found is not None
    assert found >= minutes


def test_figures_do_not_jump() -> None:
    told = Expectation(4, 10)
    assert not worth_telling(told, steady(told, Expectation(4, 15)))
    assert steady(told, Expectation(4, 15)).minutes == 10
    assert worth_telling(told, steady(told, Expectation(4, 20)))
    assert worth_telling(told, steady(told, Expectation(3, 10)))
    assert worth_telling(told, Expectation(5, 10)), "somebody urgent came: the truth is told"
