"""Makes Direct Line one of the ways to the hospital's own bot."""

from sportello.adapters.direct_line.client import DirectLineBot
from sportello.adapters.outside_bots.asking import Asking
from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.kinds import kinds_of
from sportello.bots.ports import BotPort
from sportello.kit.house import House


def install(house: House) -> None:
    """Azure Health Bot, Copilot Studio, and whatever else speaks Direct Line."""
    asking = Asking()

    def make(terms: Connection) -> BotPort:
        return DirectLineBot(asking, terms, house.clock)

    kinds_of(house).update({"health_bot": make, "copilot_studio": make, "generic": make})
