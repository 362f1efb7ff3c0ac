"""Rate limits kept in memory: tries per key within a span, with the delay told to the one who waits."""

import time
from collections import OrderedDict

_MOST_KEYS = 50_000


class Rate:
    """At most `times` tries per key within `seconds`."""

    def __init__(self, times: int, seconds: float) -> None:
        self.times = times
        self.seconds = seconds
        self._tries: OrderedDict[str, list[float]] = OrderedDict()

    def wait(self, key: str) -> float:
        """Counts a try; 0 when it may go on, else the seconds to wait."""
        now = time.monotonic()
        tries = [at for at in self._tries.pop(key, []) if at > now - self.seconds]
        left = 0.0
        if len(tries) >= self.times:
            left = tries[0] + self.seconds - now
        else:
            tries.append(now)
        self._tries[key] = tries
        if len(self._tries) > _MOST_KEYS:
            self._tries.popitem(last=False)
        return left

    def forget(self, key: str) -> None:
        """A success clears the key."""
        self._tries.pop(key, None)
