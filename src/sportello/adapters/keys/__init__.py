"""Keys of the house for what adapters hand to strangers: made when first needed, the same for every process."""

import secrets
from base64 import b64decode, b64encode

from sportello.adapters.keys import store
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.security.sealing import SEALED, Sealing, sealing_of


class Keys(dict[str, bytes]):
    """Those that this process has read."""


async def key_of(house: House, name: str) -> bytes:
    """256 bits of chance under a name."""
    known: Keys = house.ports.setdefault(Keys, Keys())
    if name not in known:
        sealing, now = sealing_of(house), house.clock.now()
        fresh = _sealed(sealing, name, secrets.token_bytes(32))
        kept = await house.db.run(lambda tx: store.key(tx, name, fresh, now))
        known[name] = _opened(sealing, name, kept)
    return known[name]


async def renew(tx: Transaction, sealing: Sealing) -> None:
    """Every key sealed with the first of those that seal."""
    for name, kept in await store.every(tx):
        if kept.startswith(SEALED.encode()):
            after = sealing.renewed(_purpose(name), kept.decode()).encode()
        else:
            after = _sealed(sealing, name, kept)
        if after != kept:
            await store.replace(tx, name, after)


def _sealed(sealing: Sealing, name: str, key: bytes) -> bytes:
    return sealing.seal(_purpose(name), b64encode(key).decode()).encode()


def _opened(sealing: Sealing, name: str, kept: bytes) -> bytes:
    return b64decode(sealing.opened(_purpose(name), kept.decode())) if kept.startswith(SEALED.encode()) else kept


def _purpose(name: str) -> str:
    return f"adapters.key.{name}"
