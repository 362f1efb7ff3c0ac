"""Sends each message once: the log's key refuses a second one, its row lock a second worker."""

from typing import Any
from uuid import UUID

import structlog

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.jobs import job
from sportello.outreach import store
from sportello.outreach.letters import letter
from sportello.outreach.ports import MailRefused, MailSender
from sportello.outreach.rules import is_obsolete, next_try
from sportello.outreach.store import Message
from sportello.scheduling import reading
from sportello.scheduling.events import ConfirmationWanted

log = structlog.get_logger("outreach")


async def on_confirmation_wanted(house: House, tx: Transaction, event: ConfirmationWanted) -> None:
    """Writes the message into the log and promises to send it, in the transaction of the wish."""
    message = uuid7()
    if await store.add(
        tx, message, event.appointment, event.sequence, event.kind, event.email, event.language, house.clock.now()
    ):
        await promise(house, tx, message, None)


async def promise(house: House, tx: Transaction, message: UUID, run_at: Any) -> None:
    """A job that will send the message."""
    await house.jobs.enqueue(
        tx, "outreach.send", {"message": str(message)}, run_at=run_at, dedupe_key=f"mail:{message}"
    )


async def again(house: House, tx: Transaction, message: UUID) -> None:
    """A person asks for another try of what was given up."""
    one = await store.read(tx, message, lock=True)
    if one and one.status == "failed":
        await store.set_status(tx, message, "waiting")
        await promise(house, tx, message, None)


@job("outreach.send")
async def send(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Sends a waiting message. If the process dies between the server's yes and our commit, the next try carries the
    same Message-ID and the same calendar entry: a double of the same mail, never a second appointment."""
    message = await store.read(tx, UUID(payload["message"]), lock=True)
    if message is None or message.status != "waiting":
        return
    one = await reading.appointment(tx, message.appointment)
    if one is None or one.starts is None or is_obsolete(message.kind, message.sequence, one.status, one.sequence):
        await store.set_status(tx, message.id, "obsolete")
        return
    now = house.clock.now()
    try:
        await house.port(MailSender).send(letter(house, message, one, now))
    except Exception as error:
        await _failed(house, tx, message, error)
    else:
        await store.sent(tx, message.id, house.clock.now())


async def _failed(house: House, tx: Transaction, message: Message, error: Exception) -> None:
    pause = None if isinstance(error, MailRefused) else next_try(message.tries + 1)
    log.warning("a mail was not sent", message=str(message.id), tries=message.tries + 1, error=type(error).__name__)
    await store.not_sent(tx, message.id, "waiting" if pause else "failed", type(error).__name__)
    if pause:
        await promise(house, tx, message.id, house.clock.now() + pause)
