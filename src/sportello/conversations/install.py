"""Plugs conversations in: their gate on the line, and the second-by-second telling of activity."""

from typing import Any

from sportello.conversations.activity import Activity
from sportello.conversations.gate import ConversationGate
from sportello.kit.house import House

ROUTES: list[Any] = []


def install(house: House) -> None:
    """The gate and the reaction to what was committed."""
    house.streams.gate("conversation", ConversationGate())
    activity = house.ports.setdefault(Activity, Activity())
    house.streams.react("conversation", activity.heard)


async def start(house: House) -> None:
    """Begins telling activity."""
    house.tasks.start(house.port(Activity).run(house), name="conversations' activity")
