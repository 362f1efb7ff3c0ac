"""One HTTP call to a bot elsewhere: its time-outs, its refusals, and what each of them means for what was sent.

Who asks to be left alone (429) is left alone by all talks of this process, for as long as `Retry-After` says: a call
waits for it when it has the time, and gives up at once when it has not.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import httpx
from msgspec import Struct

from sportello.adapters.outside_bots.trouble import BotBusy, BotRefused, BotTrouble
from sportello.kit.retry_after import pause_of
from sportello.kit.tls import trusted

CONNECT, ANSWER = 3.0, 20.0  # seconds; Direct Line itself gives a bot 15, and one on its own server speaks meanwhile
_MOST_BODY = 4_000_000
_UNSAID = 1.0  # seconds, when a 429 names none
_LEAST = 0.1


class Answer(Struct, frozen=True):
    """What came back, for the one who knows the protocol."""

    body: bytes
    content_type: str


class Asking:
    """One for a process and a kind of bot; proxies and certificates are those of the system."""

    def __init__(self) -> None:
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(ANSWER, connect=CONNECT), follow_redirects=False, verify=trusted()
        )
        self._free_from: dict[str, float] = {}

    async def ask(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, *,
        patience: float,
    ) -> Answer:  # fmt: skip
        """Raises BotTrouble; BotBusy when it would have to wait longer than `patience` seconds in all."""
        loop, host = asyncio.get_running_loop(), _host(url)
        until = loop.time() + patience
        while True:
            free = self._free_from.get(host, 0.0)
            if free > loop.time():
                if free > until:
                    raise BotBusy(free - loop.time())
                await asyncio.sleep(free - loop.time())
                continue
            try:
                return await self._once(method, url, body, headers or {})
            except BotBusy as busy:
                self._free_from[host] = loop.time() + max(busy.seconds, _LEAST)

    async def _once(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        kinds = {"content-type": "application/json"} if body is not None else {}
        try:
            async with (
                asyncio.timeout(ANSWER + CONNECT),
                self._http.stream(method, url, content=body, headers={**kinds, **headers}) as answer,
            ):
                _refuse(answer)
                return Answer(await _whole(answer), answer.headers.get("content-type", ""))
        except (
            httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol
        ) as error:  # fmt: skip
            raise BotTrouble("unreachable") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise BotTrouble("failed") from error


def _host(url: str) -> str:
    try:
        return httpx.URL(url).netloc.decode()
    except httpx.InvalidURL:
        return url


def _refuse(answer: httpx.Response) -> None:
    if answer.status_code == 429:
        pause = pause_of(answer.headers.get("retry-after"), datetime.now(UTC))
        raise BotBusy(_UNSAID if pause is None else pause)
    if answer.status_code >= 500:
        raise BotTrouble("failed")
    if answer.status_code >= 300:
        raise BotRefused(answer.status_code)


async def _whole(answer: httpx.Response) -> bytes:
    found = bytearray()
    async for part in answer.aiter_bytes():
        found += part
        if len(found) > _MOST_BODY:
            raise BotTrouble("nonsense")
    return bytes(found)
