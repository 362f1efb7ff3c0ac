"""Limits on how often something may be tried, kept in this process's memory and bounded in size."""

import math
from collections import OrderedDict, deque
from collections.abc import Hashable
from datetime import datetime, timedelta

from litestar.exceptions import TooManyRequestsException

from sportello.kit.house import House

_MOST_KEYS = 50_000  # the longest unused are forgotten first


class Limits:
    """The instants of late attempts by key."""

    def __init__(self) -> None:
        self._attempts: OrderedDict[Hashable, deque[datetime]] = OrderedDict()

    def wait(self, key: Hashable, times: int, seconds: float, now: datetime) -> float:
        """Seconds until another attempt is allowed: 0 when it is now. An allowed attempt is counted."""
        kept = self._attempts.setdefault(key, deque())
        self._attempts.move_to_end(key)
        while len(self._attempts) > _MOST_KEYS:
            self._attempts.popitem(last=False)
        span = timedelta(seconds=seconds)
        while kept and kept[0] + span <= now:
            kept.popleft()
        if len(kept) >= times:
            return (kept[0] + span - now).total_seconds()
        kept.append(now)
        return 0.0

    def give_back(self, key: Hashable) -> None:
        """Takes the last attempt out of the count: it was a good one."""
        if kept := self._attempts.get(key):
            kept.pop()

    def forget(self, key: Hashable) -> None:
        """As if nothing had been tried."""
        self._attempts.pop(key, None)


def limits_of(house: House) -> Limits:
    """The house's limits."""
    found = house.ports.setdefault(Limits, Limits())
    assert isinstance(found, Limits)
    return found


def rate_limit(house: House, key: Hashable, times: int, seconds: float) -> None:
    """Counts an attempt under `key`; raises 429 with Retry-After when `times` were made within `seconds`."""
    if wait := limits_of(house).wait(key, times, seconds, house.clock.now()):
        raise too_many(wait)


def too_many(seconds: float) -> TooManyRequestsException:
    """The refusal that names when to come back."""
    return TooManyRequestsException(headers={"retry-after": str(max(1, math.ceil(seconds)))})
