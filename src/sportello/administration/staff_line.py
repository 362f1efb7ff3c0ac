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
    if found is None or found.must_choose_password:
        return None
    who = found.actor
    return Listener(kind="staff", id=who.id, name=who.name, language=who.language, permissions=who.permissions)
