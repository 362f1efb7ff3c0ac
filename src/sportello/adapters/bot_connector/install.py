"""Makes a bot on its own server one of the ways to the hospital's own bot."""

from typing import Any

import httpx

from sportello.adapters.bot_connector import api
from sportello.adapters.bot_connector.client import ANSWER, CONNECT, ConnectorBot
from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.kinds import kinds_of
from sportello.bots.ports import BotPort
from sportello.kit.house import House
from sportello.kit.tls import trusted

ROUTES: list[Any] = api.ROUTES


def install(house: House) -> None:
    """The bot's address is set on the screen; until then the doors know no conversation."""
    http = httpx.AsyncClient(timeout=httpx.Timeout(ANSWER, connect=CONNECT), follow_redirects=False, verify=trusted())

    def make(terms: Connection) -> BotPort:
        return ConnectorBot(house, http, terms)

    kinds_of(house)["connector"] = make
