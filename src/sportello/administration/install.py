"""Plugs administration in: who a request comes from, signing in, staff and audit screens."""

from typing import Any

from litestar.di import Provide

from sportello.administration import accounts, pages, sign_in, staff_line
from sportello.administration.actor import provide_actor
from sportello.administration.identifying import forgery_guard, identify
from sportello.kit.house import House

ROUTES: list[Any] = [*sign_in.ROUTES, *pages.ROUTES]
DEPENDENCIES: dict[str, Any] = {"actor": Provide(provide_actor, sync_to_thread=False)}
OPTIONS: dict[str, Any] = {"middleware": [identify], "guards": [forgery_guard]}


def install(house: House) -> None:
    """Staff may hold a line."""
    house.streams.authenticator(staff_line.listener)


async def start(house: House) -> None:
    """A fresh database gets its roles."""
    await house.db.run(accounts.ensure_roles)
