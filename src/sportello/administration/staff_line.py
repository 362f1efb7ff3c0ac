"""How the line knows staff: by the session cookie of the socket's own request."""

from typing import Any

from litestar.connection import ASGIConnection

from sportello.administration.identifying import staff_of
from sportello.kit.house import House
from sportello.kit.streams import Listener


async def listener(house: House, connection: Any) -> Listener | None:
    """The staff member behind a socket or a poll, or None."""
    if not isinstance(connection, ASGIConnection):
        return None
    found = await staff_of(house, connection)
    if found is None:
        return None
    actor, _ = found
    return Listener(kind="staff", id=actor.id, name=actor.name, language=actor.language, permissions=actor.permissions)
