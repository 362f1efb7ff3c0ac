"""How long somebody waits who tries passwords, for every number of failures and from every side."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.administration.attempts import Attempts, TooManyTries, delay_after
from sportello.kit.security.rate_limit import Limits

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@given(st.integers(0, 10**9))
def test_no_delay_is_longer_than_a_minute(failures: int) -> None:
    assert 0 <= delay_after(failures) <= 60
    assert delay_after(failures) <= delay_after(failures + 1)


def tried(attempts: Attempts, login: str, address: str, at: datetime) -> float:
    try:
        attempts.begin(login, address, at)
    except TooManyTries as wait:
        return wait.seconds
    return 0.0


def test_parallel_guesses_are_counted_before_they_are_judged() -> None:
    attempts = Attempts(Limits())
    assert sum(tried(attempts, "elena", "10.0.0.9", NOW) == 0 for _ in range(50)) == 4


def test_a_crowd_of_strangers_does_not_keep_elena_from_her_usual_place() -> None:
    attempts = Attempts(Limits())
    attempts.begin("elena", "10.0.0.1", NOW)
    attempts.succeeded("elena", "10.0.0.1")
    waits = [tried(attempts, "elena", f"192.0.2.{n}", NOW) for n in range(200)]
    assert max(waits) == 60, "the crowd is slowed"
    assert tried(attempts, "elena", "10.0.0.1", NOW) == 0
    assert tried(attempts, "elena", "198.51.100.7", NOW + timedelta(seconds=61)) == 0


def test_a_shift_behind_one_address_signs_in() -> None:
    attempts = Attempts(Limits())
    for n in range(400):
        attempts.begin(f"person{n}", "10.0.0.1", NOW)
        attempts.succeeded(f"person{n}", "10.0.0.1")


def test_an_address_that_fails_with_many_logins_is_slowed() -> None:
    attempts = Attempts(Limits())
    waits = [tried(attempts, f"guess{n}", "192.0.2.1", NOW) for n in range(101)]
    assert waits[99] == 0
    assert waits[100] == pytest.approx(60)


def test_failures_are_forgotten() -> None:
    attempts = Attempts(Limits())
    for _ in range(4):
        attempts.begin("elena", "10.0.0.1", NOW)
    assert tried(attempts, "elena", "10.0.0.1", NOW) == 2
    later = NOW + timedelta(minutes=16)
    assert [tried(attempts, "elena", "10.0.0.1", later) for _ in range(4)] == [0] * 4
