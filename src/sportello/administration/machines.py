"""Machines at the machine doors: bearer tokens of one kind with scopes, of which only the hash is kept."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard
from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import Actor, Connection
from sportello.administration.tokens import store as tokens
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import new_token, uuid7
from sportello.kit.security.tokens import hashed

Kind = Literal["api", "fhir", "directline"]
KINDS: tuple[Kind, ...] = ("api", "fhir", "directline")
# Whether a scope means anything at a door; the rooms above add theirs.
MEANT: dict[str, Callable[[str], bool]] = {}


class Machine(Struct, frozen=True):
    """Who holds a token, and for what; `id` is the registered system's, or that of a token that was printed.

    With a `person` it asks in the name of a member of staff, and may no more than they may at that moment.
    """

    id: str
    kind: str
    name: str
    scopes: frozenset[str]
    person: Actor | None = None

    def may(self, scope: str) -> bool:
        """Whether the token was given for a scope; `*` stands for all of its kind."""
        return not scope or scope in self.scopes or "*" in self.scopes


async def issue(
    house: House,
    tx: Transaction,
    by: Actor,
    kind: Kind,
    scopes: list[str],
    name: str,
    lasting: timedelta,
    holder: UUID | None = None,
    staff: UUID | None = None,
) -> str:
    """A new token, to be shown once; `holder` is the registered system it is for, `staff` in whose name it asks."""
    token, machine, now = f"sportello_{kind}_{new_token()}", uuid7(), house.clock.now()
    await tokens.insert(tx, machine, hashed(token), kind, name, scopes, now, now + lasting, holder, staff)
    detail: dict[str, object] = {"kind": kind, "scopes": scopes, "seconds": int(lasting.total_seconds())}
    if staff:
        detail["staff"] = str(staff)
    await audit.record(house, tx, by, "token.issued", entity=str(machine), detail=detail)
    return token


class Standing(Struct, frozen=True):
    """A token that can be used, as screens list it."""

    id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    person: str = ""


async def standing(house: House, kind: Kind) -> list[Standing]:
    """The tokens of a kind that can be used and that no registered system asked for, newest first."""
    rows = await tokens.standing(house.db, kind, house.clock.now())
    return [Standing(**dict(row)) for row in rows]


async def revoke(
    house: House, tx: Transaction, by: Actor, *, token: UUID | None = None, holder: UUID | None = None
) -> int:
    """Ends a token, or all of a holder; how many there were."""
    ended = await tokens.revoke(tx, token, holder, house.clock.now())
    for one in ended:
        await audit.record(house, tx, by, "token.revoked", entity=str(one))
    return len(ended)


async def machine_of(house: House, token: str) -> Machine | None:
    """The holder of an unexpired token."""
    row = await tokens.live(house.db, hashed(token), house.clock.now())
    if row is None:
        return None
    person, name = None, row["name"]
    if row["staff"]:
        # Whoever reads the trail, a patient too, reads in whose name it was.
        name = f"{row['staff_name']} ({name})" if name else row["staff_name"]
        person = Actor(
            "staff", str(row["staff"]), row["staff_name"], row["language"], row["role"], frozenset(row["permissions"])
        )
    return Machine(str(row["id"]), row["kind"], name, frozenset(row["scopes"]), person)


async def stands(house: House, tx: Transaction, kind: Kind, token: UUID) -> bool:
    """Whether a printed token, known by its id, can still be used."""
    return token in {row["id"] for row in await tokens.standing(tx, kind, house.clock.now())}


def machine_door(kind: Kind, scope: str = "") -> Guard:
    """A guard for doors with `opt={"bearer": True}`: 401 without a token of the kind, 403 without the scope.

    The machine is in `request.state.machine`; as `actor` its permissions are its scopes, and `*` gives it none.
    """

    async def machine_door_guard(connection: Connection, _handler: BaseRouteHandler) -> None:
        way, _, token = connection.headers.get("authorization", "").partition(" ")
        house: House = connection.scope["litestar_app"].state.house
        machine = await machine_of(house, token.strip()) if way.lower() == "bearer" else None
        if machine is None or machine.kind != kind:
            raise NotAuthorizedException(headers={"www-authenticate": "Bearer"})
        if not machine.may(scope):
            raise PermissionDeniedException
        actor = Actor("machine", machine.id, machine.name, permissions=machine.scopes)
        connection.scope.setdefault("state", {}).update(machine=machine, csrf="", actor=actor)

    return machine_door_guard
