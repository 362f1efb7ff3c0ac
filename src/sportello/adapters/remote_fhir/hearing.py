"""An answer read whole, within its time and size, or the name of what went wrong."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
from msgspec import Struct

LARGEST = 20_000_000  # bytes of an answer


class Trouble(Exception):
    """Why there is no answer; `code` is a key of `wording.TROUBLES`, `told` the server's own words, for operators."""

    def __init__(self, code: str, status: int = 0, told: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.told = told


class Heard(Struct, frozen=True):
    """An answer: its status, its headers in lower case, its JSON (None when there is none)."""

    status: int
    headers: Mapping[str, str]
    body: Any


async def read(http: httpx.AsyncClient, request: httpx.Request, seconds: float) -> Heard:
    """The answer to a request, whole and within its time; raises Trouble."""
    raw = bytearray()
    try:
        async with asyncio.timeout(seconds):
            answer = await http.send(request, stream=True)
            try:
                async for piece in answer.aiter_bytes():
                    raw += piece
                    if len(raw) > LARGEST:
                        raise Trouble("huge")
            finally:
                await answer.aclose()
    except (TimeoutError, httpx.TimeoutException) as error:
        raise Trouble("slow") from error
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
        sealed = isinstance(error.__cause__ or error, ssl.SSLError) or "CERTIFICATE" in str(error).upper()
        raise Trouble("unsealed" if sealed else "away", told=type(error).__name__) from error
    headers = {name.lower(): value for name, value in answer.headers.items()}
    try:
        body = msgspec.json.decode(bytes(raw)) if raw else None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        if answer.status_code < 400:
            raise Trouble("garbled", answer.status_code) from error
        body = None
    return Heard(answer.status_code, headers, body)
