"""The conversation's id as a bot knows it: made with the house's key, so that only who was told it can answer in it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sportello.adapters.keys import key_of
from sportello.kit.house import House
from sportello.kit.security.tokens import read_signed, sign

_KEY, _PURPOSE = "botconnector", "botconnector.conversation"
_LIVES = timedelta(days=7)


async def ticket(house: House, conversation: UUID) -> str:
    return sign(await key_of(house, _KEY), _PURPOSE, str(conversation), house.clock.now() + _LIVES)


async def read_ticket(house: House, said: str) -> UUID | None:
    """The conversation, or None for an id that we did not make, or made long ago."""
    if len(said) > 400:
        return None
    found: Any = read_signed(await key_of(house, _KEY), _PURPOSE, said, house.clock.now())
    return UUID(found) if isinstance(found, str) else None
