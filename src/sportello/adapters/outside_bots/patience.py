"""How long a patient waits for a bot elsewhere: a line after some seconds, a person after some more. Promised to the
database with the words that went out, so that no crash and no dead process leaves anybody waiting.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from sportello.adapters.outside_bots import store
from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.store import Session
from sportello.adapters.outside_bots.taking import hold_key, patience_key, to_person
from sportello.adapters.outside_bots.wording import HOLD
from sportello.conversations import posting
from sportello.conversations.moves import locked
from sportello.conversations.states import State
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import translate
from sportello.kit.jobs import job


async def waits(house: House, tx: Transaction, session: Session, terms: Connection) -> Session:
    """From now on the patient waits; who waits already goes on waiting since then."""
    if session.waiting_since is not None:
        return session
    now = house.clock.now()
    payload = {"conversation": str(session.conversation), "since": now.isoformat()}
    await house.jobs.enqueue(
        tx, "adapters.bot_hold", payload, run_at=now + timedelta(seconds=terms.hold),
        dedupe_key=hold_key(session.conversation),
    )  # fmt: skip
    await house.jobs.enqueue(
        tx, "adapters.bot_patience", payload, run_at=now + timedelta(seconds=terms.patience),
        dedupe_key=patience_key(session.conversation),
    )  # fmt: skip
    return replace(session, waiting_since=now, held=False)


def left(house: House, session: Session | None, terms: Connection) -> float:
    """For how many seconds more the patient waits before a person takes over."""
    if session is None or session.waiting_since is None:
        return float(terms.patience)
    return max(0.0, terms.patience - (house.clock.now() - session.waiting_since).total_seconds())


@job("adapters.bot_hold")
async def hold(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """One line while the bot is slow; once for each wait."""
    conversation = UUID(payload["conversation"])
    talk, session = await locked(tx, conversation), await store.lock(tx, conversation)
    if session is None or session.held or talk.state is not State.BOT or not _same(session, payload):
        return
    await posting.say(house, tx, conversation, translate(talk.language, HOLD), sender="bot")
    await store.keep(tx, replace(session, held=True))


@job("adapters.bot_patience")
async def lose(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """It took too long: a person takes over. What the bot says later is a note for them."""
    conversation = UUID(payload["conversation"])
    talk, session = await locked(tx, conversation), await store.lock(tx, conversation)
    if session is None or session.state in ("handed", "closed") or not _same(session, payload):
        return
    await store.keep(tx, await to_person(house, tx, talk, session, "bot-timeout"))


def _same(session: Session, payload: dict[str, Any]) -> bool:
    """Whether the wait that the promise was made for still goes on."""
    return session.waiting_since is not None and session.waiting_since.isoformat() == payload["since"]
