"""How fast passwords may be tried: guessing gets slow, and no stranger can keep a person out for more than a minute.

Delays grow with failures of one login from one address. A login tried from many addresses is slowed for those alone
that never signed in with it; an address that fails with many logins is slowed as a whole.
"""

import hashlib
from collections import OrderedDict
from datetime import datetime, timedelta

from msgspec import Struct

from sportello.kit.house import House
from sportello.kit.security.rate_limit import Limits, limits_of

FREE = 4  # failures before the first delay
LONGEST = 60.0  # seconds
_FORGOTTEN_AFTER = timedelta(minutes=15)
_PER_ADDRESS = (100, 60.0)  # a hospital's whole morning shift may share one address
_PER_LOGIN = (30, 60.0)
_MOST = 20_000


class TooManyTries(Exception):
    """Wait `seconds` before the next try."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


class Failures(Struct):
    """Failures of one login from one address, the last at `last`."""

    count: int
    last: datetime


def delay_after(failures: int) -> float:
    """Seconds to wait after so many failures: 0, then 2, 4, 8 ... and never more than a minute."""
    return 0.0 if failures < FREE else min(LONGEST, 2.0 ** min(failures - FREE + 1, 10))


class Attempts:
    """Late failures and known addresses, in this process's memory; logins are kept as hashes."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._failures: OrderedDict[str, Failures] = OrderedDict()
        self._known: OrderedDict[str, None] = OrderedDict()

    def begin(self, login: str, address: str, now: datetime) -> None:
        """Counts a try as failed before it is judged, so that parallel guesses are counted too; or TooManyTries."""
        key = _key(login, address)
        failures = self._failures.get(key)
        if failures and now - failures.last > _FORGOTTEN_AFTER:
            failures = None
        wait = 0.0
        if failures:
            wait = (failures.last + timedelta(seconds=delay_after(failures.count)) - now).total_seconds()
        if wait <= 0:
            wait = self._limits.wait(("sign-in from", address), *_PER_ADDRESS, now)
        if wait <= 0 and key not in self._known:
            wait = self._limits.wait(("sign-in as", _key(login, "")), *_PER_LOGIN, now)
        if wait > 0:
            raise TooManyTries(wait)
        self._failures[key] = Failures(failures.count + 1 if failures else 1, now)
        self._failures.move_to_end(key)
        while len(self._failures) > _MOST:
            self._failures.popitem(last=False)

    def succeeded(self, login: str, address: str) -> None:
        """Forgets the failures; the address is known for this login from now on."""
        key = _key(login, address)
        self._failures.pop(key, None)
        self._limits.give_back(("sign-in from", address))
        self._limits.give_back(("sign-in as", _key(login, "")))
        self._known[key] = None
        self._known.move_to_end(key)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)


def attempts_of(house: House) -> Attempts:
    """The house's attempts."""
    if Attempts not in house.ports:
        house.ports[Attempts] = Attempts(limits_of(house))
    found = house.ports[Attempts]
    assert isinstance(found, Attempts)
    return found


def _key(login: str, address: str) -> str:
    # People type passwords into the wrong field: what was typed is not kept.
    return hashlib.sha256(f"{login}\0{address}".encode("utf-8", "replace")).hexdigest()
