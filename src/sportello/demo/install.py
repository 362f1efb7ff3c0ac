"""Plugs the demo in: its pages, and the mail catcher. Outside of a demo none of this exists."""

from typing import Any

from sportello.demo import keeping, mailbox, pages
from sportello.kit.house import House

ROUTES: list[Any] = pages.ROUTES


def install(house: House) -> None:
    """Nothing to wire."""
    keeping.hold(house)


async def start(house: House) -> None:
    """Opens the mailbox."""
    await mailbox.open_mailbox(house)
