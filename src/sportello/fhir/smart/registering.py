"""Registering a system: its name, its public keys or their address, what it may at the most."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from sportello.administration import audit, machines
from sportello.administration.actor import Actor
from sportello.fhir.door.scopes import well_formed
from sportello.fhir.store import clients
from sportello.fhir.store.clients import Client
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_

NO_KEYS = N_("Paste the public keys as a JSON Web Key Set: RSA of at least 2048 bits, or EC on P-384.")
PRIVATE = N_("This is a private key. Keep it secret, make a new one, and paste only the public part.")
NO_ADDRESS = N_("Write an address that begins with https://")
ONE_OF_BOTH = N_("Give either the keys or their address.")
NO_SCOPE = N_("Write scopes such as system/Patient.rs, one a line; user/ scopes are a person's, not a system's.")
_PRIVATE_PARTS = frozenset({"d", "p", "q", "k"})
_LEAST_BITS = 2048


class Unregistrable(Exception):
    """Why a system cannot be registered: the form's field and a message id."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


async def register(
    house: House, tx: Transaction, by: Actor, *, client: UUID, name: str, scopes: str, keys: str, keys_url: str
) -> Client:
    """Registers a system under an id of the form's own, so that a double click registers one; raises Unregistrable."""
    wanted = scopes.split()
    if not wanted or not all(well_formed(one) and not one.startswith("user/") for one in wanted):
        raise Unregistrable("scopes", NO_SCOPE)
    if bool(keys) == bool(keys_url):
        raise Unregistrable("keys", ONE_OF_BOTH)
    if keys_url and not _is_address(keys_url):
        raise Unregistrable("keys_url", NO_ADDRESS)
    one = Client(client, name, wanted, public_keys(keys) if keys else None, keys_url, house.clock.now())
    if await clients.insert(tx, one):
        detail = {"name": name, "scopes": wanted}
        await audit.record(house, tx, by, "system.registered", entity=str(client), detail=detail)
    return one


async def withdraw(house: House, tx: Transaction, by: Actor, client: UUID) -> bool:
    """Ends a system's registration and its tokens at once."""
    if not await clients.revoke(tx, client, house.clock.now()):
        return False
    await machines.revoke(house, tx, by, holder=client)
    await audit.record(house, tx, by, "system.withdrawn", entity=str(client))
    return True


def public_keys(text: str) -> dict[str, Any]:
    """A key set (or one key) as kept: public, and strong enough (RS384 or ES384); raises Unregistrable."""
    try:
        told = msgspec.json.decode(text)
        listed = told.get("keys", [told]) if isinstance(told, dict) else []
        if any(_PRIVATE_PARTS & set(one) for one in listed):
            raise Unregistrable("keys", PRIVATE)
        known = KeySet.import_key_set({"keys": listed})
    except (msgspec.DecodeError, JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unregistrable("keys", NO_KEYS) from error
    if not known.keys or not all(map(is_strong, known.keys)):
        raise Unregistrable("keys", NO_KEYS)
    return {"keys": listed}


def is_strong(key: Any) -> bool:
    """Whether SMART's algorithms can be used with it."""
    if isinstance(key, RSAKey):
        return key.public_key.key_size >= _LEAST_BITS
    return isinstance(key, ECKey) and key.curve_name == "P-384"


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    loopback = parts.hostname in ("127.0.0.1", "localhost", "::1")
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and loopback))
