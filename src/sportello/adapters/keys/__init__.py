"""Keys of the house for what adapters hand to strangers: made when first needed, the same for every process."""

import secrets

from sportello.adapters.keys import store
from sportello.kit.house import House


class Keys(dict[str, bytes]):
    """Those that this process has read."""


async def key_of(house: House, name: str) -> bytes:
    """256 bits of chance under a name."""
    known: Keys = house.ports.setdefault(Keys, Keys())
    if name not in known:
        now, fresh = house.clock.now(), secrets.token_bytes(32)
        known[name] = await house.db.run(lambda tx: store.key(tx, name, fresh, now))
    return known[name]
