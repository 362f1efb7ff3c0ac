"""The kit's own doors: the line, static files, health and figures."""

from typing import Any

from sportello.kit import html, operations
from sportello.kit.errors import EXCEPTION_HANDLERS
from sportello.kit.house import House
from sportello.kit.security import headers, sealing
from sportello.kit.streams import line

ROUTES: list[Any] = [*operations.ROUTES, *line.ROUTES, *html.ROUTES]
OPTIONS: dict[str, Any] = {"before_send": headers.BEFORE_SEND, "exception_handlers": EXCEPTION_HANDLERS}


def install(house: House) -> None:
    """The kit subscribes to nothing."""


async def start(house: House) -> None:
    """Secrets that were kept openly, or under a former key, are sealed with the first key."""
    await sealing.renew(house)
