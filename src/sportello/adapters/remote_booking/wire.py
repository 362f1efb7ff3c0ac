"""Questions to the other system and their answers; the refusals that mean "taken" are known here and nowhere else."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

import httpx
import msgspec
from msgspec import Struct

from sportello.scheduling.booking_port import NotReached, TimeTaken

FHIR_JSON = "application/fhir+json"
TAKEN = frozenset({409, 412, 422, 423})
LARGEST = 20_000_000  # bytes of an answer
Pairs = Sequence[tuple[str, str]]


class Heard(Protocol):
    """An answer: its status, its headers in lower case, its JSON (None when there is none)."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Wire(Protocol):
    """A way to a server; raises an exception of its own for an answer that never came."""

    async def get(self, path: str, params: Pairs = ()) -> Heard: ...

    async def send(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Heard: ...


class Answered(Struct):
    """What was heard."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Plain:
    """HTTP with a bearer token; `token` is asked before every question."""

    def __init__(self, http: httpx.AsyncClient, base: str, token: Callable[[], Awaitable[str]] | None = None) -> None:
        self._http, self._base, self._token = http, base.rstrip("/"), token

    async def get(self, path: str, params: Pairs = ()) -> Heard:
        return await self._ask("GET", path, params=list(params))

    async def send(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Heard:
        told = {"content-type": FHIR_JSON, **headers}
        return await self._ask(method, path, content=msgspec.json.encode(body), headers=told)

    async def _ask(self, method: str, path: str, **asked: Any) -> Heard:
        headers = {"accept": FHIR_JSON, **asked.pop("headers", {})}
        if self._token:
            headers["authorization"] = f"Bearer {await self._token()}"
        url = f"{self._base}/{path}" if path else self._base
        answer = await self._http.request(method, url, headers=headers, follow_redirects=False, **asked)
        if len(answer.content) > LARGEST:
            raise NotReached("the answer is too large")
        try:
            body = msgspec.json.decode(answer.content) if answer.content else None
        except msgspec.DecodeError:
            body = None
        return Answered(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, body)


class Asking:
    """A wire whose refusals are exceptions of the port."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def read(self, path: str, params: Pairs = ()) -> Any:
        """JSON, or NotReached; None for what is not there."""
        heard = await self._heard(self._wire.get(path, params))
        if heard.status in (404, 410):
            return None
        if heard.status != 200 or not isinstance(heard.body, dict):
            raise NotReached(f"{path}: {heard.status}")
        return heard.body

    async def change(self, method: str, path: str, body: Any, *, version: str = "", kind: str = FHIR_JSON) -> Heard:
        """What was changed; TimeTaken when others were quicker, NotReached when it is not known whether it was."""
        headers = {"content-type": kind, "prefer": "return=representation"}
        if version:
            headers["if-match"] = f'W/"{version}"'
        heard = await self._heard(self._wire.send(method, path, body, headers))
        if heard.status in TAKEN:
            raise TimeTaken(why(heard))
        if heard.status not in (200, 201, 204):
            raise NotReached(f"{path}: {heard.status} {why(heard)}")
        return heard

    @staticmethod
    async def _heard(asked: Awaitable[Heard]) -> Heard:
        try:
            return await asked
        except (NotReached, TimeTaken):
            raise
        except Exception as error:  # each wire has its own names for an answer that never came
            raise NotReached(type(error).__name__) from error


def why(heard: Heard) -> str:
    """The other system's own words, for operators."""
    issues = heard.body.get("issue") if isinstance(heard.body, dict) else None
    first = issues[0] if isinstance(issues, list) and issues and isinstance(issues[0], dict) else {}
    details = first.get("details")
    text = details.get("text") if isinstance(details, dict) else None
    return str(first.get("diagnostics") or text or heard.status)[:300]
