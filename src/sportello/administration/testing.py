"""Fixtures about staff for every room's tests: the named cast, and signing in without a browser."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from sportello.administration import accounts, store
from sportello.administration.actor import SYSTEM, Actor
from sportello.administration.identifying import COOKIE
from sportello.administration.sessions import open_session
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7

PASSWORD = "sportello-demo-2026"  # noqa: S105  invented people
# The hash is made once: argon2 is slow on purpose.
_hashes: dict[str, str] = {}
CAST = {
    "agent": ("elena", "Elena Conti"),
    "supervisor": ("marta", "Marta Ricci"),
    "care_coordinator": ("paolo", "Paolo Serra"),
    "administrator": ("sara", "Sara Villa"),
}


async def staff_member(
    house: House, role: str = "agent", login: str = "", name: str = "", language: str = "it"
) -> Actor:
    """A member of staff who exists; by default the cast's person for the role."""
    name = name or (login.title() if login else CAST[role][1])
    login = login or CAST[role][0]

    async def work(tx: Transaction) -> Actor:
        await accounts.ensure_roles(tx)
        row = await store.staff_by_login(tx, login)
        if row is None:
            if PASSWORD not in _hashes:
                _hashes[PASSWORD] = await accounts.checked_hash(PASSWORD)
            staff = uuid7()
            await store.insert_staff(tx, staff, login, name, "", role, language, _hashes[PASSWORD])
            row = await store.staff_by_id(tx, staff)
        permissions = frozenset(await store.permissions_of(tx, row["role"]))
        return Actor("staff", str(row["id"]), row["name"], row["language"], row["role"], permissions)

    return await house.db.run(work)


@pytest.fixture
def sign_in(house: House) -> Callable[..., Awaitable[Actor]]:
    """`await sign_in(client, "agent")`: the client acts as that person from then on, forgery token included."""

    async def enter(client: Any, role: str = "agent", login: str = "", language: str = "it") -> Actor:
        actor = await staff_member(house, role, login, language=language)
        opened = await open_session(house, UUID(actor.id))
        assert opened is not None
        client.cookies.set(COOKIE, opened.token)
        client.headers["X-CSRF-Token"] = opened.csrf
        return actor

    return enter


__all__ = ["CAST", "PASSWORD", "SYSTEM", "sign_in", "staff_member"]
