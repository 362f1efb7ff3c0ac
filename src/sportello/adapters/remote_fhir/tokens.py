"""A token for our signed word: asked for once, used until shortly before it ends, by everybody of this process."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx

from sportello.adapters.remote_fhir import signing
from sportello.adapters.remote_fhir.hearing import Trouble, read
from sportello.adapters.remote_fhir.terms import Terms, is_address
from sportello.kit.house import House

_BEFORE = timedelta(seconds=30)  # that clocks and ways may take
_LONGEST = timedelta(hours=1)


class Tokens:
    """The token of one server, and where its words lead."""

    def __init__(self, house: House, terms: Terms) -> None:
        self._house = house
        self._terms = terms
        self._token = ""
        self._until: datetime = house.clock.now()
        self._turn = asyncio.Lock()
        self._known: tuple[str, list[str]] | None = None

    async def token(self, http: httpx.AsyncClient, *, fresh: bool) -> str:
        """A token that is good now; `fresh` when the server refused the one in hand. Raises Trouble."""
        refused = self._token if fresh else ""
        async with self._turn:
            now = self._house.clock.now()
            if not self._token or self._token == refused or now >= self._until:
                await self._ask(http, now)
            return self._token

    async def configuration(self, http: httpx.AsyncClient) -> tuple[str, list[str]]:
        """Where tokens are given and by which signatures, as the server tells it."""
        if self._known is None:
            told: Any = {}
            if not self._terms.token_address:
                address = f"{self._terms.base}/.well-known/smart-configuration"
                told = await self._told(http, http.build_request("GET", address))
            address = self._terms.token_address or told.get("token_endpoint")
            if not isinstance(address, str) or not is_address(address):
                raise Trouble("no-token-address")
            listed = told.get("token_endpoint_auth_signing_alg_values_supported")
            names = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
            self._known = address, names
        return self._known

    async def _ask(self, http: httpx.AsyncClient, now: datetime) -> None:
        address, named = await self.configuration(http)
        algorithm = "RS384" if named and "ES384" not in named else "ES384"
        keys = (await signing.private_keys(self._house))[0]
        form = {
            "grant_type": "client_credentials",
            "scope": " ".join(self._terms.scopes.split()),
            "client_assertion_type": signing.ASSERTION,
            "client_assertion": signing.word(keys, algorithm, self._terms.client, address, now),
        }
        told = await self._told(http, http.build_request("POST", address, data=form))
        token, lasting = told.get("access_token"), told.get("expires_in")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise Trouble("no-token")
        seconds = lasting if isinstance(lasting, (int, float)) and lasting > 0 else 60
        self._token, self._until = token, now + min(timedelta(seconds=seconds), _LONGEST) - _BEFORE

    async def _told(self, http: httpx.AsyncClient, request: httpx.Request) -> dict[str, Any]:
        request.headers["accept"] = "application/json"
        heard = await read(http, request, self._terms.seconds)
        body = heard.body if isinstance(heard.body, dict) else {}
        if heard.status >= 500:
            raise Trouble("away", heard.status)
        if heard.status != 200:
            raise Trouble(
                "no-token", heard.status, str(body.get("error_description") or body.get("error") or heard.status)[:300]
            )
        return body
