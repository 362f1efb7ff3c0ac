"""Another system at the door: tokens with scopes, and a client that asserts what every answer must be."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sportello.administration import machines
from sportello.administration.actor import SYSTEM
from sportello.fhir import store
from sportello.kit.house import House

DOOR = "/fhir/R4"


class System:
    """Another system with one token. Whatever is answered is FHIR, and errors are OperationOutcomes."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self.http = http
        self.headers = {"authorization": f"Bearer {token}"}

    async def ask(self, method: str, path: str, body: Any = None, /, **headers: str) -> httpx.Response:
        told = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            told.setdefault("content-type", "application/fhir+json")
        address = path if path.startswith("http") else f"{DOOR}/{path}".rstrip("/")
        answer = await self.http.request(method, address, headers=told, json=body)
        assert answer.status_code < 500, answer.text
        if answer.content:
            assert answer.headers["content-type"].startswith("application/fhir+json")
        if answer.status_code >= 400:
            assert answer.json()["resourceType"] == "OperationOutcome"
            assert answer.json()["issue"][0]["diagnostics"]
        return answer

    async def get(self, path: str, /, **headers: str) -> Any:
        answer = await self.ask("GET", path, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ids(self, path: str) -> list[str]:
        """The matches of a search, page after page."""
        found: list[str] = []
        while path:
            page = await self.get(path)
            found += [e["resource"]["id"] for e in page.get("entry", []) if e["search"]["mode"] == "match"]
            path = next((link["url"] for link in page.get("link", []) if link["relation"] == "next"), "")
        return found


Arrive = Callable[..., Awaitable[System]]


@pytest.fixture
def arrive(house: House, client: httpx.AsyncClient) -> Arrive:
    """A system with scopes; without any it may do everything but see what is sensitive."""

    async def make(*scopes: str) -> System:
        async with house.db.transaction() as tx:
            token = await machines.issue(
                house, tx, SYSTEM, "fhir", list(scopes) or ["*"], "Laboratory", timedelta(days=1)
            )
        return System(client, token)

    return make


@pytest.fixture
def keep(house: House) -> Callable[..., Awaitable[None]]:
    """Puts resources into the store, past the door."""

    async def put(*resources: dict[str, Any]) -> None:
        async with house.db.transaction() as tx:
            await store.put_many(tx, list(resources))

    return put
