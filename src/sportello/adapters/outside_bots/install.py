"""Plugs bots elsewhere into the house: asked before the embedded assistant speaks, woken by what patients write."""

from typing import Any

from sportello.adapters.outside_bots import connection, pages, patience, silence
from sportello.adapters.outside_bots.employing import Employed
from sportello.adapters.outside_bots.relay import Relay
from sportello.adapters.outside_bots.watched import Watched
from sportello.bots.monitoring import OwnBot
from sportello.bots.ports import Elsewhere
from sportello.conversations.events import Moved
from sportello.kit.house import House
from sportello.kit.security.sealing import keeps_secrets
from sportello.web.site_map import site_map

ROUTES: list[Any] = pages.ROUTES
JOBS = (patience.hold, patience.lose, silence.fell_silent)  # registered by being imported


def install(house: House) -> None:
    """Nothing leaves the house until an administrator has employed a bot."""
    site_map(house).add(pages.PLACE)
    keeps_secrets(house, connection.renew)
    relay = house.ports[Relay] = Relay(house)
    house.ports[OwnBot] = Watched(house)
    employed = house.ports[Elsewhere] = Employed(relay)
    house.news.subscribe(Moved, employed.moved)
    house.streams.react("conversation", employed.heard)


async def start(house: House) -> None:
    """Goes on with the talks that another process, or this one before a restart, had."""
    house.tasks.start(house.port(Relay).keep_sweeping(), name="outside bots' sweep")
