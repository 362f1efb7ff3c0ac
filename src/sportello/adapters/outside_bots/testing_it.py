"""The connection tried from end to end: whether we are let in, whether a talk begins, whether the bot says anything."""

import asyncio
import contextlib
from uuid import uuid4

from msgspec import Struct

from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.kinds import bot_of
from sportello.adapters.outside_bots.trouble import SENTENCES, BotTrouble
from sportello.bots.ports import BotPort, BotSession, Conversation, Say
from sportello.kit.house import House
from sportello.kit.i18n import N_

_STEP, _GREETING = 20.0, 6.0  # seconds
LET_IN = N_("The bot lets us in.")
BEGUN = N_("A conversation begins.")
GREETED = N_("The bot says something by itself.")
QUIET = N_("The bot waits for the patient's first words, as many do.")
NOBODY = N_("No bot of the hospital's is set up: Sportello's assistant answers.")
LATE = N_("The bot did not answer within 20 seconds.")


class Step(Struct, frozen=True):
    """How far it came; `kind` is ok, warn or danger."""

    kind: str
    text: str


async def try_it(house: House, terms: Connection) -> list[Step]:
    """A real conversation with the bot, as with a patient who has not written yet; it is ended at once."""
    bot = bot_of(house, terms)
    if bot is None:
        return [Step("warn", NOBODY)]
    steps: list[Step] = []
    try:
        async with asyncio.timeout(_STEP):
            await bot.health()
            steps.append(Step("ok", LET_IN))
            session = await bot.open(Conversation(uuid4(), house.settings.clinic.languages[0]), {})
            steps.append(Step("ok", BEGUN))
    except BotTrouble as trouble:
        return [*steps, Step("danger", SENTENCES[trouble.code])]
    except TimeoutError:
        return [*steps, Step("danger", LATE)]
    if terms.kind != "connector":  # whose words come to a door that knows no such conversation
        steps.append(await _greeting(bot, session))
    with contextlib.suppress(BotTrouble, TimeoutError):
        async with asyncio.timeout(_GREETING):
            await bot.close(session, "tried")
    return steps


async def _greeting(bot: BotPort, session: BotSession) -> Step:
    try:
        async with asyncio.timeout(_GREETING):
            async for event in bot.events(session, ""):
                if isinstance(event.effect, Say):
                    return Step("ok", GREETED)
    except BotTrouble as trouble:
        return Step("danger", SENTENCES[trouble.code])
    except TimeoutError:
        pass
    return Step("warn", QUIET)
