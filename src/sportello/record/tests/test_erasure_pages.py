"""What the page of a finished erasure says of what was done."""

from datetime import UTC, datetime

from sportello.record.erasure_pages import Done, _by_kind

EARLY, LATE = datetime(2026, 11, 30, 8, tzinfo=UTC), datetime(2026, 11, 30, 9, tzinfo=UTC)


def test_one_line_a_kind_whatever_room_kept_it() -> None:
    steps = {
        "conversations.conversations": {"number": 3, "done_at": EARLY},
        "bots.conversations": {"number": 2, "done_at": LATE},
        "scheduling.appointments": {"number": 1, "done_at": EARLY},
    }
    assert _by_kind(steps) == {"conversations": Done(5, LATE), "appointments": Done(1, EARLY)}
