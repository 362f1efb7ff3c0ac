"""Makes a bot on its own server one of the ways to the hospital's own bot."""

from typing import Any

from sportello.adapters.bot_connector import api
from sportello.adapters.bot_connector.client import ConnectorBot
from sportello.adapters.outside_bots.asking import Asking
from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.kinds import kinds_of
from sportello.bots.ports import BotPort
from sportello.kit.house import House

ROUTES: list[Any] = api.ROUTES


def install(house: House) -> None:
    """The bot's address is set on the screen; until then the doors know no conversation."""
    asking = Asking()

    def make(terms: Connection) -> BotPort:
        return ConnectorBot(house, asking, terms)

    kinds_of(house)["connector"] = make
