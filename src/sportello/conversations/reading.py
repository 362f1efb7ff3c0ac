"""Reading marks and what is unread: absolute figures, from marks that only rise."""

from uuid import UUID

from sportello.conversations import store
from sportello.kit.database import Transaction
from sportello.kit.house import House


async def seen(house: House, conversation: UUID, *, by_agent: bool, seq: int) -> None:
    """Somebody has seen everything up to `seq`; the other side is told."""
    events = await house.streams.since(f"conversation:{conversation}", seq, 200, "all") if by_agent else []
    unread = sum(event.kind == "message" and event.sender == "patient" for event in events)

    async def work(tx: Transaction) -> None:
        await store.set_seen(tx, conversation, by_agent, seq, unread)

    await house.db.run(work)
    house.streams.broadcast(
        f"conversation:{conversation}", {"t": "seen", "by": "agent" if by_agent else "patient", "n": seq}
    )
