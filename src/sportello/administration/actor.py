"""Who acts: a member of staff, a patient, the bot, or the system itself; handed down explicitly."""

from typing import Any, Literal

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from msgspec import Struct


class Actor(Struct, frozen=True):
    """Somebody who reads or changes something, with the language they read and what they may do."""

    kind: Literal["staff", "patient", "bot", "system"]
    id: str
    name: str
    language: str = "it"
    role: str | None = None
    permissions: frozenset[str] = frozenset()

    def may(self, permission: str) -> bool:
        """Whether the actor's role grants a permission; the system itself may do everything."""
        return self.kind == "system" or permission in self.permissions


SYSTEM = Actor(kind="system", id="system", name="Sportello")
BOT = Actor(kind="bot", id="bot", name="Bot")


def actor_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Actor | None:
    """The actor that the identifying middleware found for a request, if any."""
    return connection.scope.get("state", {}).get("actor")


def provide_actor(request: "ASGIConnection[Any, Any, Any, Any]") -> Actor:
    """Injects `actor: Actor` into handlers behind a guard."""
    actor = actor_of(request)
    if actor is None:
        raise NotAuthorizedException
    return actor
