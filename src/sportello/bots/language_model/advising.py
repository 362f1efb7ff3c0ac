"""Between a patient's words and the assistant's turn: whether a language model is to be asked, and what it advised."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
import structlog

from sportello.bots import store
from sportello.bots.embedded import EmbeddedBot
from sportello.bots.language_model.consulting import Advised, Patients, consult, worth_asking
from sportello.bots.language_model.known_names import names_of
from sportello.bots.language_model.terms import glance, terms_of
from sportello.bots.ports import BotPort, LanguageModel
from sportello.bots.state import Advice, Said, State
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.streams import Event
from sportello.kit.traces import where

log = structlog.get_logger("bots")
__all__ = ["Advised", "advise", "fitting", "still_on", "wanted"]


async def wanted(house: House, talk: store.Talk, events: list[Event]) -> bool:
    """Whether a model that is on could help with what is unanswered; costs nothing while there is none."""
    bot = house.port(BotPort)
    if LanguageModel not in house.ports or not isinstance(bot, EmbeddedBot):
        return False
    terms = await glance(house)
    if not (terms.on and terms.complete and terms.jobs & {"route", "slots"}):
        return False
    return worth_asking(bot.mind, terms, msgspec.convert(talk.memory, State), patients(events))


async def advise(house: House, conversation: UUID) -> Mapping[int, Advised]:
    """What the model advises on what is unanswered; nothing when anything at all goes wrong."""
    bot = house.port(BotPort)
    assert isinstance(bot, EmbeddedBot)
    try:
        talk = await store.get(house.db, conversation)
        if talk is None or talk.ended_at:
            return {}
        events = await house.streams.since(f"conversation:{conversation}", talk.cursor)
        before = msgspec.convert(talk.memory, State)
        names = await names_of(house, conversation)
        return await consult(house, bot.mind, conversation, before, patients(events), names)
    except Exception as error:
        log.error("no advice could be had", conversation=str(conversation), error=where(error))
        return {}


async def still_on(tx: Transaction) -> bool:
    """Switched off meanwhile, what was advised counts no more."""
    return (await terms_of(tx)).on


def fitting(advised: Advised | None, memory: dict[str, Any]) -> Advice | None:
    """The advice, when the turn is taken from the memory that it was given for."""
    if advised is None or msgspec.convert(memory, State) != advised.before:
        return None
    return advised.advice


def patients(events: list[Event]) -> Patients:
    """What the patient wrote, by number; files carry no words."""
    return [
        (e.seq, Said(str(e.body.get("text", "")), str(e.body.get("payload", ""))))
        for e in events
        if e.kind == "message" and e.sender == "patient" and not e.body.get("attachment")
    ]
