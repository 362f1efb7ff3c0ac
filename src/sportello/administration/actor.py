"""Who acts: a member of staff, a patient, the bot, a machine, or the system itself; handed down explicitly."""

from typing import Any, Literal

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from msgspec import Struct

Connection = ASGIConnection[Any, Any, Any, Any]


class Actor(Struct, frozen=True):
    """Somebody who reads or changes something, with the language they read and what they may do."""

    kind: Literal["staff", "patient", "bot", "machine", "system"]
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


class Identified(Struct, frozen=True):
    """A person known by a session: who, and the token that their forms carry against forgery."""

    actor: Actor
    csrf: str
    must_choose_password: bool = False


def actor_of(connection: Connection) -> Actor | None:
    """Who a request comes from: as the door's guard decided, else staff, else patient, else None."""
    actor = connection.scope.get("state", {}).get("actor")
    return actor if isinstance(actor, Actor) else None


def patient_of(connection: Connection) -> Actor | None:
    """The patient of a request, also where the browser is signed in as staff too; for doors that are open to all."""
    found = connection.scope.get("state", {}).get("patient")
    return found.actor if isinstance(found, Identified) else None


def act_as(connection: Connection, who: Literal["staff", "patient"]) -> Identified | None:
    """From here on the request is that person's: their name, language and form token; None when there is none."""
    state = connection.scope.setdefault("state", {})
    found = state.get(who)
    if not isinstance(found, Identified):
        return None
    state |= {"actor": found.actor, "csrf": found.csrf, "language": found.actor.language}
    return found


def provide_actor(request: Connection) -> Actor:
    """Injects `actor: Actor` into handlers behind a guard."""
    actor = actor_of(request)
    if actor is None:
        raise NotAuthorizedException
    return actor
