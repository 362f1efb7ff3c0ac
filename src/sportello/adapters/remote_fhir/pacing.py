"""How hard the hospital's server is asked: a ceiling of our own, a pause that it demanded, and not at all while it is
down, so that patients' pages do not wait for it one after the other.
"""

import asyncio

FAILURES, OPEN_FOR = 3, 30.0  # in a row; seconds
AT_ONCE = 6
LONGEST = 2.0  # seconds of a pause that are waited out; a longer one is told instead


class Busy(Exception):
    """The server is not to be asked now: `why` is slow down or away."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Pace:
    """Of one process and one server. Times are the event loop's."""

    def __init__(self, ceiling: int) -> None:
        self._ceiling = ceiling
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._next = 0.0
        self._failures = 0
        self._not_before = 0.0

    async def turn(self) -> None:
        """Waits for one's turn among the questions of a second; raises Busy instead of waiting long."""
        now = asyncio.get_running_loop().time()
        if self._not_before > now + LONGEST:
            raise Busy("away" if self.is_down else "busy")
        earliest = max(self._next + 1 / self._ceiling, now - 1.0, self._not_before)  # a second's worth at once
        self._next = earliest
        if earliest > now:
            await asyncio.sleep(earliest - now)

    def at_once(self) -> asyncio.Semaphore:
        """So many questions under way at the same time."""
        return self._at_once

    def pause(self, seconds: float) -> None:
        """The server asked to be left alone for a while (429, Retry-After)."""
        now = asyncio.get_running_loop().time()
        self._not_before = max(self._not_before, now + min(max(seconds, 0.5), 300.0))

    def failed(self) -> None:
        """It did not answer; after several times in a row it is left alone for a while."""
        self._failures += 1
        if self._failures >= FAILURES:
            self._not_before = asyncio.get_running_loop().time() + OPEN_FOR

    def worked(self) -> None:
        if self._failures >= FAILURES:
            self._not_before = 0.0
        self._failures = 0

    @property
    def is_down(self) -> bool:
        """Whether it is left alone because it did not answer."""
        return self._failures >= FAILURES and asyncio.get_running_loop().time() < self._not_before
