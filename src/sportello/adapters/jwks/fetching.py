"""Fetching key sets: bounded in time and size, without following elsewhere, and not more often than needed."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec

from sportello.fhir.ports import ANSWERED, NO_CONNECTION, Unreachable
from sportello.kit.clock import Clock
from sportello.kit.i18n import N_
from sportello.kit.tls import trusted

KEPT = timedelta(minutes=5)
_AGAIN = timedelta(seconds=10)  # between two fetchings of what must be fresh
_SECONDS = 5
_LARGEST = 200_000  # bytes
_MOST = 1000  # addresses


class Fetcher:
    """A KeySource; what it fetched is kept in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, tuple[datetime, dict[str, Any]]] = {}

    async def keys(self, url: str, *, fresh: bool) -> dict[str, Any]:
        """The key set at an address; raises Unreachable."""
        at, found = self._known.get(url, (datetime.min.replace(tzinfo=self._clock.now().tzinfo), {}))
        if found and self._clock.now() - at < (_AGAIN if fresh else KEPT):
            return found
        found = await _fetched(url)
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[url] = self._clock.now(), found
        return found


async def _fetched(url: str) -> dict[str, Any]:
    raw = b""
    try:
        async with (
            httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False, verify=trusted()) as http,
            http.stream("GET", url, headers={"accept": "application/json"}) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise Unreachable(ANSWERED, status=str(answer.status_code))
            async for piece in answer.aiter_bytes():
                raw += piece
                if len(raw) > _LARGEST:
                    raise Unreachable(N_("the answer is too large"))
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreachable(NO_CONNECTION, error=type(error).__name__) from error
    except msgspec.DecodeError as error:
        raise Unreachable(N_("the answer is not JSON")) from error
