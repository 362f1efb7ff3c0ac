"""Who may follow an agent's own stream and the board's hints; nobody posts to either."""

from typing import Any

from sportello.kit.house import House
from sportello.kit.ids import as_uuid
from sportello.kit.streams import Grant, Listener, Post, Posted, Refused
from sportello.routing.lines import Lines


class DeskGate:
    """`desk:<staff>`: the agent alone."""

    async def may_follow(self, house: House, listener: Listener, stream: str) -> Grant | None:
        if listener.kind != "staff" or stream != f"desk:{listener.id}":
            return None
        # A desk that only polls, because its network blocks sockets, asks here each time: it is there.
        if staff := as_uuid(listener.id):
            house.port(Lines).polled(staff)
        return Grant(audience="staff")

    async def post(self, house: House, listener: Listener, stream: str, grant: Grant, frame: Post) -> Posted:
        raise Refused("forbidden")

    async def signal(self, house: House, listener: Listener, stream: str, frame: dict[str, Any]) -> None:
        """Input at the desk, told now and then: whoever works is not inactive."""
        if staff := as_uuid(listener.id):
            house.port(Lines).touched(staff)


class BoardGate(DeskGate):
    """`board`: whoever works with conversations; it carries hints without content, so there is nothing to read."""

    async def may_follow(self, house: House, listener: Listener, stream: str) -> Grant | None:
        works = listener.permissions & {"board.watch", "conversation.take"}
        allowed = listener.kind == "staff" and stream == "board" and bool(works)
        return Grant(audience="staff") if allowed else None
