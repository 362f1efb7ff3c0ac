"""Notices that an outside system is down, so that the next patients do not wait for it one after the other."""

from collections import deque
from datetime import datetime, timedelta

FAILURES, WITHIN, OPEN_FOR = 3, timedelta(seconds=60), timedelta(seconds=120)


class Breaker:
    """Of one process. Open, nobody is sent there; after a while one call may try whether it is back."""

    def __init__(self) -> None:
        self._failures: deque[datetime] = deque(maxlen=FAILURES)
        self._open_until: datetime | None = None

    def failed(self, now: datetime) -> bool:
        """Counts a failure; True when it is the one that opens the breaker."""
        self._failures.append(now)
        if len(self._failures) == FAILURES and now - self._failures[0] <= WITHIN:
            was_open = self.is_open(now)
            self._open_until = now + OPEN_FOR
            return not was_open
        return False

    def worked(self) -> None:
        self._failures.clear()
        self._open_until = None

    def is_open(self, now: datetime) -> bool:
        return self._open_until is not None and now < self._open_until

    def should_probe(self, now: datetime) -> bool:
        """Whether it was opened and may be tried again."""
        return self._open_until is not None and now >= self._open_until
