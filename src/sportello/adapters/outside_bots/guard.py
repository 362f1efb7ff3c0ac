"""What is looked at before a patient's words leave the house: red flags, and the wish for a person. The embedded
assistant deals with both; everything else goes to the bot elsewhere.
"""

from typing import Any

import msgspec
from msgspec import Struct

from sportello.bots import red_flags
from sportello.bots.embedded import EmbeddedBot
from sportello.bots.engine import step
from sportello.bots.ports import BotPort, Effect
from sportello.bots.state import Said, State
from sportello.bots.understanding import SURE
from sportello.kit.house import House


class Decision(Struct, frozen=True):
    """Either `effects`, which the house does itself, or `forward`, the words that may leave."""

    memory: dict[str, Any]
    effects: tuple[Effect, ...] = ()
    forward: str | None = None


def fresh(language: str) -> dict[str, Any]:
    """The memory of a talk that begins."""
    return dict(msgspec.to_builtins(State(language)))


async def refresh(house: House) -> None:
    """The list of red flags as it was last published; outside transactions."""
    await house.port(BotPort).health()


def alarms(house: House, text: str) -> bool:
    """Whether the words are a red flag without a doubt."""
    bot: EmbeddedBot = house.port(BotPort)
    alarm = bot.mind.flags.check(text)
    return alarm is not None and alarm.certain


def decide(house: House, memory: dict[str, Any], text: str, payload: str) -> Decision:
    """A doubtful flag asks its closed question first; what was held for it goes on when the answer is no."""
    bot: EmbeddedBot = house.port(BotPort)
    state = msgspec.convert(memory, State)
    if state.flag:
        settled = payload == "no" or (payload != "yes" and red_flags.verdict(text) == "no")
        again = bot.mind.flags.check(text)
        if settled and not (again and again.certain):
            return Decision(fresh(state.language), forward=state.held)
    elif not bot.mind.flags.check(text) and not _wants_person(bot, text, state.language):
        return Decision(memory, forward=text)
    after, effects = step(bot.mind, state, Said(text, payload if state.flag else ""))
    return Decision(dict(msgspec.to_builtins(after)), tuple(effects))


def _wants_person(bot: EmbeddedBot, text: str, language: str) -> bool:
    guesses = bot.mind.understanding.guesses(text, language)
    return bool(guesses) and guesses[0].wish == "person" and guesses[0].score >= SURE
