"""What went to and fro with the bot, for whoever connects it: kinds, sizes, times; of people's words their length."""

import re
from uuid import UUID

import structlog

from sportello.adapters.outside_bots import store
from sportello.kit.house import House
from sportello.kit.traces import where

log = structlog.get_logger("outside_bots")
_HIDDEN = re.compile(r"\d|[^\s@]+@[^\s@]+|(?<=[a-zà-ù,;] )[A-ZÀ-Ù][\w'’-]+")


def masked(text: str) -> str:
    """A bot's words without numbers, addresses, and names as far as their capitals tell."""
    return _HIDDEN.sub("•", " ".join(text.split()))[:200]


async def note(
    house: House, conversation: UUID | None, way: str, what: str, shown: str = "", took: float | None = None
) -> None:
    """A line of the trace; never in the way of the talk itself."""
    try:
        milliseconds = None if took is None else round(took * 1000)
        await store.add_trace(house.db, house.clock.now(), conversation, way, what, shown, milliseconds)
    except Exception as error:
        log.warning("no trace could be kept", error=where(error))
