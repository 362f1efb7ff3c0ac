"""What `Retry-After` says, in both of its forms and in none."""

from datetime import UTC, datetime

import pytest

from sportello.kit.retry_after import pause_of

NOW = datetime(2026, 3, 29, 0, 59, 50, tzinfo=UTC)  # ten seconds before the clocks are put forward in Italy


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120.0), (" 3 ", 3.0), ("0", 0.0), ("999999999999", 86_400.0),
        ("Sun, 29 Mar 2026 01:00:00 GMT", 10.0), ("Sun, 29 Mar 2026 03:00:00 +0200", 10.0),
        ("Sun, 29 Mar 2026 00:00:00 GMT", 0.0), ("Mon, 01 Jan 2035 00:00:00 GMT", 86_400.0),
        ("", None), (None, None), ("soon", None), ("-5", None), ("1.5e9", None), ("٣", None),
        ("Mon, 99 Foo 2026 00:00:00 GMT", None),
    ],
)  # fmt: skip
def test_a_pause_in_seconds_or_as_a_date(said: str | None, seconds: float | None) -> None:
    assert pause_of(said, NOW) == seconds
