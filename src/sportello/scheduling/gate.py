"""Who may follow the calendar's hints: staff who read appointments. A hint says only that something changed."""

from typing import Any

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.streams import Grant, Listener, Post, Posted, Refused

STREAM = "calendar"


class CalendarGate:
    """`calendar`: hints without content; nobody posts."""

    async def may_follow(self, house: House, listener: Listener, stream: str) -> Grant | None:
        reads = listener.permissions & {"appointment.read", "appointment.book"}
        return Grant(audience="staff") if listener.kind == "staff" and stream == STREAM and reads else None

    async def post(self, house: House, listener: Listener, stream: str, grant: Grant, frame: Post) -> Posted:
        raise Refused("forbidden")

    async def signal(self, house: House, listener: Listener, stream: str, frame: dict[str, Any]) -> None:
        return None


def hint(house: House, tx: Transaction) -> None:
    """After this transaction, whoever looks at a calendar reads it again."""
    tx.after_commit(lambda: house.streams.broadcast(STREAM, {"t": "hint"}))


async def follow_events(house: House, tx: Transaction, event: object) -> None:
    """Every change of a visit or of the calendar is a hint."""
    hint(house, tx)
