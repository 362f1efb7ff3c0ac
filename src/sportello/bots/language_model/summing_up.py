"""After a handover, a summary for the agent by the language model: a labelled note that patients never see.

It is asked for once the handover is durable, so nobody waits for it; when it does not come, nothing is missing.
"""

from uuid import UUID

import structlog

from sportello.bots.embedded import EmbeddedBot
from sportello.bots.language_model import prompts
from sportello.bots.language_model.asking import ask
from sportello.bots.language_model.known_names import names_of
from sportello.bots.language_model.nameless import Nameless
from sportello.bots.language_model.terms import glance
from sportello.bots.ports import BotPort, LanguageModel
from sportello.conversations import posting
from sportello.conversations.moves import locked
from sportello.conversations.states import State
from sportello.conversations.store import get as read_talk
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.kit.ids import uuid7
from sportello.kit.traces import where
from sportello.knowledge.reading import today

log = structlog.get_logger("bots")
LABEL = N_("Generated summary")
CHECK = N_("%(summary)s (Written by a language model from the talk with the assistant; check it there.)")
_LEAST = 40  # characters of the patient's words that are worth a summary
_MOST_LINES, _MOST_WORDS = 40, 600
_SECONDS = 3.0


def begin(house: House, conversation: UUID) -> None:
    """In the background, unless there is no model."""
    if LanguageModel in house.ports:
        house.tasks.start(_sum_up(house, conversation), name="summary for the agent")


async def _sum_up(house: House, conversation: UUID) -> None:
    try:
        if (await glance(house)).does("agent_summary"):
            await sum_up(house, conversation)
    except Exception as error:
        log.error("no summary could be made", conversation=str(conversation), error=where(error))


async def sum_up(house: House, conversation: UUID) -> bool:
    """True when a note was written. Never for an emergency: people judge that, and at once."""
    talk, bot = await read_talk(house.db, conversation), house.port(BotPort)
    if talk is None or talk.reason == "red-flag" or not _with_people(talk.state) or not isinstance(bot, EmbeddedBot):
        return False
    nameless = Nameless(bot.mind, await names_of(house, conversation), today(house))
    events = await house.streams.since(talk.stream, 0, audience="all")
    lines = [
        ("patient" if e.sender == "patient" else "assistant", nameless(str(e.body.get("text", "")))[:_MOST_WORDS])
        for e in events
        if e.kind == "message" and e.sender in ("patient", "bot") and not e.body.get("attachment")
    ][-_MOST_LINES:]
    if sum(len(text) for by, text in lines if by == "patient") < _LEAST:
        return False
    language = house.settings.clinic.languages[0]
    prompt = prompts.summary(lines, language)
    made = await ask(
        house, "agent_summary", conversation, prompt, lambda raw: prompts.read_summary(raw, lines), _SECONDS
    )
    if not made:
        return False
    body = {"text": translate(language, CHECK, summary=made), "name": translate(language, LABEL), "generated": True}

    async def work(tx: Transaction) -> bool:
        now = await locked(tx, conversation)
        if not _with_people(now.state):
            return False
        await posting.hide(house, body, "bot", "note", tx)
        await house.streams.append(tx, now.stream, "note", body, sender="bot", audience="staff", client_id=uuid7())
        return True

    return await house.db.run(work)


def _with_people(state: State) -> bool:
    return state not in (State.BOT, State.CLOSED)
