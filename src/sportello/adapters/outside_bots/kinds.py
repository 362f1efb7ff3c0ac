"""The ways to a bot elsewhere, by kind; each adapter adds its own when it is installed."""

from collections.abc import Callable

from sportello.adapters.outside_bots.connection import Connection
from sportello.bots.ports import BotPort
from sportello.kit.house import House

Make = Callable[[Connection], BotPort]


class Kinds(dict[str, Make]):
    """How a bot of each kind is made from the terms."""


def kinds_of(house: House) -> Kinds:
    """The kinds of one house."""
    found: Kinds = house.ports.setdefault(Kinds, Kinds())
    return found


def bot_of(house: House, terms: Connection) -> BotPort | None:
    """The bot of these terms; None for a kind whose adapter is not there."""
    make = kinds_of(house).get(terms.kind)
    return make(terms) if make else None
