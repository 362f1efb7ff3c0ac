"""Who a Direct Line request comes from: a secret of the hospital's (a machine token), or a JWT bound to one user and
one conversation. Streams and files are opened by tickets in their address, which live a minute and two hours.
"""

import re
import secrets
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from litestar import Request
from msgspec import Struct

from sportello.adapters.direct_line_server.refusals import no_header, token_expired
from sportello.adapters.keys import key_of
from sportello.administration import machines
from sportello.kit.house import House
from sportello.kit.ids import as_uuid, uuid7
from sportello.kit.security.tokens import read_signed, sign
from sportello.kit.streams import authority

LIVES = 1800  # seconds; clients refresh after half of it
_LONGEST = timedelta(days=7)  # a token is refreshed no longer than this after its first
_STREAM, _FILE = timedelta(seconds=60), timedelta(hours=2)
_ISSUER = "sportello.directline"
_SANE_USER = re.compile(r"[\w.@:+-]{1,64}", re.ASCII)
_KEY = "directline"


class Caller(Struct, frozen=True):
    """Whoever calls: by a secret (`kind` secret, no conversation of its own), or by a token for one conversation."""

    kind: Literal["secret", "token"]
    machine: UUID
    user: str = ""
    conversation: UUID | None = None
    name: str = ""
    begun: int = 0
    origins: tuple[str, ...] = ()


async def _jwk(house: House) -> OctKey:
    return OctKey.import_key(await key_of(house, _KEY))


def user_of(asked: Any) -> str:
    """The user's id that a client asks for, or one of ours: never one in which a name or a code may hide."""
    return asked if isinstance(asked, str) and _SANE_USER.fullmatch(asked) else f"dl_{secrets.token_urlsafe(12)}"


def new_caller(machine: UUID, user: str, name: str = "", origins: tuple[str, ...] = ()) -> Caller:
    """A caller with a conversation that is not begun yet."""
    return Caller("token", machine, user, uuid7(), name, origins=origins)


async def issue(house: House, caller: Caller) -> str:
    """A JWT (RFC 7519, HS256); Microsoft's client takes the user's id from its claim `user`."""
    now = int(house.clock.now().timestamp())
    claims = {
        "iss": _ISSUER, "iat": now, "exp": now + LIVES, "user": caller.user, "conv": str(caller.conversation),
        "machine": str(caller.machine), "begun": caller.begun or now, "origins": list(caller.origins),
        "name": caller.name,
    }  # fmt: skip
    return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, await _jwk(house))


async def caller_of(house: House, request: Request[Any, Any, Any]) -> Caller:
    """Raises 401 without a bearer, 403 for one that is expired, forged, or shown by a site it was not made for."""
    bearer = authority.bearer(request)
    if not bearer:
        raise no_header()
    if bearer.count(".") != 2:
        machine = await machines.machine_of(house, bearer)
        if machine is None or machine.kind != "directline":
            raise token_expired()
        return Caller("secret", UUID(machine.id))
    caller = await _read(house, bearer)
    origin = request.headers.get("origin")
    if caller is None or (origin and caller.origins and origin not in caller.origins):
        raise token_expired()
    return caller


async def _read(house: House, token: str) -> Caller | None:
    try:
        claims = jwt.decode(token, await _jwk(house), algorithms=["HS256"]).claims
    except (JoseError, ValueError):
        return None
    machine, conversation = as_uuid(str(claims.get("machine"))), as_uuid(str(claims.get("conv")))
    expired = int(claims.get("exp", 0)) <= house.clock.now().timestamp()
    if claims.get("iss") != _ISSUER or expired or machine is None or conversation is None:
        return None
    return Caller(
        "token", machine, str(claims["user"]), conversation, str(claims.get("name", "")), int(claims["begun"]),
        tuple(claims.get("origins", ())),
    )  # fmt: skip


async def may_refresh(house: House, caller: Caller) -> bool:
    """Tokens end with the days in which a conversation can be gone on with, and with the secret they were made with."""
    if house.clock.now().timestamp() - caller.begun >= _LONGEST.total_seconds():
        return False
    return any(one.id == caller.machine for one in await machines.standing(house, "directline"))


async def stream_ticket(house: House, conversation: UUID, after: int) -> str:
    """Opens the conversation's stream after a number, within a minute."""
    until = house.clock.now() + _STREAM
    return sign(await key_of(house, _KEY), "directline.stream", [str(conversation), after], until)


async def read_stream_ticket(house: House, ticket: str) -> tuple[UUID, int] | None:
    found = read_signed(await key_of(house, _KEY), "directline.stream", ticket, house.clock.now())
    return (UUID(found[0]), int(found[1])) if found else None


async def file_ticket(house: House, conversation: UUID, file: str) -> str:
    """Opens one file of a conversation for two hours: a page shows pictures by their address alone."""
    until = house.clock.now() + _FILE
    return sign(await key_of(house, _KEY), "directline.file", [str(conversation), file], until)


async def read_file_ticket(house: House, ticket: str) -> tuple[UUID, UUID] | None:
    found = read_signed(await key_of(house, _KEY), "directline.file", ticket, house.clock.now())
    return (UUID(found[0]), UUID(found[1])) if found else None
