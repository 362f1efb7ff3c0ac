"""One call to a Direct Line service: its time-outs, its refusals, and what each of them means for what was sent."""

import asyncio
import contextlib
from typing import Any

import httpx
import msgspec

from sportello.kit.tls import trusted

CONNECT, ANSWER = 3.0, 20.0  # seconds; the service itself gives a bot 15
_MOST_WAIT = 5.0  # seconds that a 429 is waited for
_MOST_BODY = 4_000_000


class Refused(Exception):
    """The service said no: nothing was delivered. `status` is its HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Unknown(Exception):
    """Whether it was delivered is not known: it must not be sent again."""


class Unreachable(Exception):
    """Nothing was delivered: no connection came about."""


class Nonsense(Exception):
    """An answer that is not Direct Line's."""


def open_client() -> httpx.AsyncClient:
    """One for a process; proxies and certificates are those of the system."""
    return httpx.AsyncClient(timeout=httpx.Timeout(ANSWER, connect=CONNECT), follow_redirects=False, verify=trusted())


async def call(http: httpx.AsyncClient, method: str, url: str, bearer: str, body: Any = None) -> dict[str, Any]:
    """The answer's object; a 429 is waited for once, as long as it is short."""
    for again in (True, False):
        answer = await _once(http, method, url, bearer, body)
        if answer.status_code != 429 or not again:
            break
        with contextlib.suppress(ValueError):
            wait = float(answer.headers.get("retry-after", "1"))
            if wait > _MOST_WAIT:
                break
            await asyncio.sleep(wait)
    if answer.status_code >= 500:
        raise Unknown(str(answer.status_code))
    if answer.status_code >= 300:
        raise Refused(answer.status_code)
    try:
        found = msgspec.json.decode(answer.content) if answer.content.strip() else {}
    except (msgspec.DecodeError, RecursionError) as error:
        raise Nonsense from error
    if not isinstance(found, dict) or len(answer.content) > _MOST_BODY:
        raise Nonsense
    return found


async def _once(http: httpx.AsyncClient, method: str, url: str, bearer: str, body: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    try:
        if body is None:
            return await http.request(method, url, headers=headers)
        return await http.request(method, url, headers=headers, json=body)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise Unreachable(type(error).__name__) from error
    except httpx.HTTPError as error:
        raise Unknown(type(error).__name__) from error
