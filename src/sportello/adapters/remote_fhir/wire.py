"""One question to the hospital's server and its answer: bounded in time and size, certificates checked, redirects not
followed, a token of minutes in hand; what goes wrong has a name that readers can be told.
"""

import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import certifi
import httpx
import msgspec

from sportello.adapters.remote_fhir.hearing import Heard, Trouble, read
from sportello.adapters.remote_fhir.pacing import LONGEST, Busy, Pace
from sportello.adapters.remote_fhir.terms import Terms
from sportello.adapters.remote_fhir.tokens import Tokens
from sportello.kit.retry_after import pause_of
from sportello.kit.tls import trusted

_AWAY = frozenset({502, 503, 504})
FHIR_JSON = "application/fhir+json"


class Wire:
    """Questions to one server; `tokens` signs us in. Use it as a context for the questions of one errand."""

    def __init__(self, terms: Terms, pace: Pace, tokens: Tokens) -> None:
        self._terms = terms
        self._pace = pace
        self._tokens = tokens
        self._http: httpx.AsyncClient

    async def __aenter__(self) -> "Wire":
        self._http = httpx.AsyncClient(
            timeout=self._terms.seconds, follow_redirects=False, trust_env=False, verify=trust(self._terms)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    @property
    def base(self) -> str:
        return self._terms.base

    async def get(self, path: str, params: Sequence[tuple[str, str]] = ()) -> Heard:
        """Asks, a second time when the first was lost on the way: reading twice is reading once."""
        return await self._again("GET", self.within(path), params=list(params))

    async def post_form(self, path: str, form: Sequence[tuple[str, str]]) -> Heard:
        """A search in the body, so that what is sought stays out of addresses and logs."""
        return await self._again("POST", self.within(path), form=form)

    async def send(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Heard:
        """A change, sent once: whether one without an answer was taken must be looked at, not guessed."""
        content = msgspec.json.encode(body)
        return await self._once(method, self.within(path), content=content,
                                headers={"content-type": FHIR_JSON, **headers})  # fmt: skip

    def within(self, path: str) -> str:
        """The address of a path at the server, or of a link that it gave; raises Trouble for one that leads away."""
        if not path.startswith(("http:", "https:", "//")):
            return path if path.startswith("?") else f"{self.base}/{path.lstrip('/')}" if path else self.base
        here, there = urlsplit(self.base), urlsplit(path)
        if (here.scheme, here.hostname, here.port) != (there.scheme, there.hostname, there.port) or there.username:
            raise Trouble("elsewhere")
        return path

    async def _again(self, method: str, url: str, **asked: Any) -> Heard:
        try:
            return await self._once(method, url, **asked)
        except Trouble as first:
            if first.code not in ("away", "busy"):
                raise
            return await self._once(method, url, **asked)

    async def _once(self, method: str, url: str, **asked: Any) -> Heard:
        heard = await self._signed(method, url, fresh=False, **asked)
        if heard.status == 401:  # the token has ended earlier than was told
            heard = await self._signed(method, url, fresh=True, **asked)
        if heard.status == 429 or heard.status in _AWAY:
            wait = pause_of(heard.headers.get("retry-after"), datetime.now(UTC))
            if heard.status == 429 or wait:
                self._pace.pause(wait or LONGEST / 2)
                raise Trouble("busy", heard.status)
            self._pace.failed()
            raise Trouble("away", heard.status)
        self._pace.worked()
        return heard

    async def _signed(self, method: str, url: str, *, fresh: bool, **asked: Any) -> Heard:
        headers = {"accept": FHIR_JSON, **asked.get("headers", {})}
        if self._terms.auth == "signed":
            headers["authorization"] = f"Bearer {await self._tokens.token(self._http, fresh=fresh)}"
        content = asked.get("content")
        if (form := asked.get("form")) is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
            content = str(httpx.QueryParams(form)).encode()
        params = asked.get("params") or None
        try:
            async with self._pace.at_once():
                await self._pace.turn()
                request = self._http.build_request(method, url, params=params, headers=headers, content=content)
                heard = await read(self._http, request, self._terms.seconds)
        except Busy as error:
            raise Trouble(error.why) from error
        except Trouble as error:
            if error.code in ("away", "slow"):
                self._pace.failed()
            raise
        return heard


def trust(terms: Terms) -> ssl.SSLContext:
    """The authorities whose certificates are believed: those of everybody, and the hospital's own when it is given."""
    return _trusting(terms.authority) if terms.authority.strip() else trusted()


@lru_cache(maxsize=4)
def _trusting(authority: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    try:
        context.load_verify_locations(cadata=authority)
    except ssl.SSLError as error:
        raise Trouble("unsealed", told="certificate authority") from error
    return context
