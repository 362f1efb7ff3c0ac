"""A token for a signed word (http://hl7.org/fhir/smart-app-launch/backend-services.html, RFC 7523)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from msgspec import Struct

from sportello.administration import machines
from sportello.administration.actor import Actor
from sportello.fhir.door.scopes import SENSITIVE, narrowed
from sportello.fhir.ports import KeySource, Unreachable
from sportello.fhir.smart.registering import is_strong
from sportello.fhir.store import clients
from sportello.fhir.store.clients import Client
from sportello.kit.house import House

ALGORITHMS = ["RS384", "ES384"]
LASTING = timedelta(minutes=5)
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LATE = timedelta(seconds=30)  # that clocks may differ


class Denied(Exception):
    """Why there is no token, in OAuth's words (RFC 6749, 5.2)."""

    def __init__(self, error: str, why: str) -> None:
        super().__init__(why)
        self.error = error
        self.why = why


class _Claimed(Struct):
    iss: UUID


class Given(Struct, frozen=True):
    """A token and what it was given for."""

    token: str
    scopes: list[str]


async def give(house: House, form: Mapping[str, str], audience: Iterable[str]) -> Given:
    """A token for five minutes; raises Denied. `audience`: the door's own addresses, one of which a word must name."""
    if form.get("grant_type") != "client_credentials":
        raise Denied("unsupported_grant_type", "only client_credentials is known here")
    if form.get("client_assertion_type") != TYPE:
        raise Denied("invalid_request", f"client_assertion_type must be {TYPE}")
    client, claims = await _signed(house, form.get("client_assertion", ""))
    expires = _still_good(claims, client, set(audience), house.clock.now())
    asked = [scope for scope in form.get("scope", "").split() if not scope.startswith("user/")]
    scopes = narrowed(asked, client.scopes)
    if not scopes:
        raise Denied("invalid_scope", "nothing of the scope may be given to this client")
    scopes += [SENSITIVE] if SENSITIVE in client.scopes and SENSITIVE not in scopes else []
    async with house.db.transaction() as tx:
        if not await clients.use_up(tx, client.id, str(claims["jti"]), expires, house.clock.now()):
            raise Denied("invalid_client", "this assertion was used before")
        by = Actor("machine", str(client.id), client.name)
        token = await machines.issue(house, tx, by, "fhir", scopes, client.name, LASTING, client.id)
    return Given(token, scopes)


async def _signed(house: House, word: str) -> tuple[Client, dict[str, Any]]:
    """Who signed a word, and its claims. Before its signature is proven it is believed only as to whose keys to try."""
    unknown = Denied("invalid_client", "the assertion is not signed by a client that is registered here")
    try:
        claimed = msgspec.json.decode(extract_compact(word.encode()).payload, type=_Claimed)
    except (JoseError, msgspec.DecodeError, ValueError) as error:
        raise unknown from error
    client = await clients.read(house.db, claimed.iss)
    for fresh in (False, True) if client and client.keys_url else (False,):
        if client is None:
            break
        try:
            keys = KeySet.import_key_set(await _keys(house, client, fresh=fresh))
            keys.keys = [key for key in keys.keys if is_strong(key)]
            return client, dict(jwt.decode(word, keys, algorithms=ALGORITHMS).claims)
        except Unreachable as error:
            raise Denied("invalid_client", f"the client's keys cannot be fetched: {error}") from error
        except (JoseError, ValueError, TypeError, KeyError):
            # Whoever changes keys shows the new ones at the address before signing with them: look once more.
            continue
    raise unknown


async def _keys(house: House, client: Client, *, fresh: bool) -> Any:
    return client.keys if client.keys else await house.port(KeySource).keys(client.keys_url, fresh=fresh)


def _still_good(claims: dict[str, Any], client: Client, audience: set[str], now: datetime) -> datetime:
    """When the word expires; raises Denied for one that is for others, too old, or good for too long."""
    named = claims.get("aud")
    told = set(named) if isinstance(named, list) else {named}
    if not told & audience:
        raise Denied("invalid_client", "the assertion's aud is not this door's token address")
    if str(claims.get("iss")) != str(client.id) or str(claims.get("sub")) != str(client.id):
        raise Denied("invalid_client", "iss and sub of the assertion must both be the client's id")
    if not isinstance(claims.get("jti"), str) or not 0 < len(claims["jti"]) <= 200:
        raise Denied("invalid_client", "the assertion needs a jti")
    try:
        expires = datetime.fromtimestamp(float(claims["exp"]), UTC)
        begins = datetime.fromtimestamp(float(claims.get("nbf", 0)), UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise Denied("invalid_client", "the assertion needs an exp") from error
    if expires < now - _LATE or begins > now + _LATE:
        raise Denied("invalid_client", "the assertion has expired, or is not good yet")
    if expires > now + LASTING + _LATE:
        raise Denied("invalid_client", "the assertion may be good for five minutes at the most")
    return expires + _LATE
