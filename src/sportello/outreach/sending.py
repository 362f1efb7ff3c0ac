"""Sends each message once: the log's key refuses a second one, and who has it in hand is written down before.

When a process dies between the server's yes and our note of it, nobody knows whether the mail went out. Confirmations
are then sent again: the same Message-ID and the same calendar entry, a double of one mail, never a second appointment.
Reminders and offers are not: they would come twice.
"""

from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import structlog

from sportello.administration.actor import SYSTEM, Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import new_reference, uuid7
from sportello.kit.jobs import errand
from sportello.outreach import store, tasks
from sportello.outreach.letters import chosen, letter
from sportello.outreach.ports import MailRefused, MailSender
from sportello.outreach.rules import AHEAD, ONCE, is_obsolete, loud_at, next_try
from sportello.outreach.store import Message, templates, terms
from sportello.record import reading as record
from sportello.scheduling import reading
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import AppointmentStatus
from sportello.scheduling.events import ConfirmationWanted

log = structlog.get_logger("outreach")
IN_HAND = timedelta(seconds=60)  # more than a conversation with a mail server may last


async def on_confirmation_wanted(house: House, tx: Transaction, event: ConfirmationWanted) -> None:
    """Writes the message into the log and promises to send it, in the transaction of the wish."""
    one = await reading.appointment(tx, event.appointment)
    assert one is not None, "its own transaction wants it confirmed"
    wishes = await terms.wishes(tx, one.patient)
    await post(
        house, tx, Message(
            id=uuid7(), appointment=one.id, patient=one.patient, sequence=event.sequence, kind=event.kind,
            recipient=event.email, language=wishes.language or event.language, created_at=house.clock.now(),
        ),
    )  # fmt: skip


async def post(house: House, tx: Transaction, message: Message) -> bool:
    """Sends it with the transaction; False when the same was written before."""
    if not await store.add(tx, message):
        return False
    await promise(house, tx, message.id, None)
    return True


async def promise(house: House, tx: Transaction, message: UUID, run_at: datetime | None) -> None:
    """A job that will send the message."""
    await house.jobs.enqueue(
        tx, "outreach.send", {"message": str(message)}, run_at=run_at, dedupe_key=f"mail:{message}"
    )


async def again(house: House, tx: Transaction, message: UUID, recipient: str = "") -> Message | None:
    """A person asks for another try of what was given up or came back, perhaps to another address."""
    one = await store.read(tx, message, lock=True)
    if one and one.status in ("failed", "returned", "unsure"):
        await store.redirect(tx, message, recipient or one.recipient)
        await promise(house, tx, message, None)
    return one


async def send_link(house: House, tx: Transaction, actor: Actor, one: Appointment) -> bool:
    """The link of a virtual visit, as often as somebody asks for it; False when there is nobody or nothing to write."""
    header = await record.patient_header(house, tx, actor, one.patient)
    if not header.email or not one.meeting_link or one.status is not AppointmentStatus.BOOKED:
        return False
    wishes, languages = await terms.wishes(tx, one.patient), house.settings.clinic.languages
    language = wishes.language or (header.language if header.language in languages else None) or languages[0]
    before = sum(1 for message in await store.about(tx, one.id) if message.kind == "link")
    return await post(
        house, tx, Message(
            id=uuid7(), appointment=one.id, patient=one.patient, sequence=one.sequence, kind="link",
            part=str(before + 1), recipient=header.email, language=language, not_after=one.ends,
            created_at=house.clock.now(),
        ),
    )  # fmt: skip


@errand("outreach.send")
async def send(house: House, payload: dict[str, Any]) -> None:
    """Takes the message in hand, sends it with no transaction open, writes down what became of it."""
    mail = await house.db.run(lambda tx: _take(house, tx, UUID(payload["message"])))
    if mail is None:
        return
    message, written = mail
    error: Exception | None = None
    try:
        await house.port(MailSender).send(written, return_path(house, message))
    except Exception as refusal:
        error = refusal
    await house.db.run(lambda tx: _settle(house, tx, message, error))


def return_path(house: House, message: Message) -> str:
    """Where the mail returns when a server further on cannot deliver it: it names the message, not the patient."""
    name, _, domain = house.settings.mail.returns.rpartition("@")
    return f"{name}+{message.envelope}@{domain}" if name else ""


async def _take(house: House, tx: Transaction, known: UUID) -> tuple[Message, EmailMessage] | None:
    message, now = await store.read(tx, known, lock=True), house.clock.now()
    if message is None or message.status not in ("waiting", "sending"):
        return None
    if message.status == "sending":
        assert message.sending_until is not None
        if message.sending_until > now:  # somebody has it, or died with it a moment ago
            await promise(house, tx, message.id, message.sending_until)
            return None
        if message.kind in ONCE:
            await store.not_sent(tx, message.id, "unsure", "interrupted")
            return None
    one = await reading.told_of(tx, message.appointment)
    if one is None or one.starts is None or _over(message, one, now):
        await store.set_status(tx, message.id, "obsolete")
        return None
    held = await terms.read(tx)
    if message.kind in ONCE or held.quiet_all:  # the hospital's own accord keeps the quiet hours in any case
        loud = loud_at(now, held.quiet_from, held.quiet_until, house.settings.clinic.tz)
        if loud > now:
            await promise(house, tx, message.id, loud)
            return None
    text = chosen(await templates.in_force(tx), message.kind, one.service or "", one.channel or "", message.language)
    name = ""
    if "{name}" in text.body:
        name = (await record.patient_header(house, tx, SYSTEM, one.patient)).name
    await store.sending(tx, message.id, new_reference(20).lower(), now + IN_HAND)
    taken = await store.read(tx, message.id)
    assert taken is not None
    return taken, letter(house, taken, one, text, name, now)


def _over(message: Message, one: Appointment, now: datetime) -> bool:
    """Whether it would come too late, or say what is no longer so."""
    assert one.starts is not None
    if message.not_after and message.not_after <= now:
        return True
    if message.kind in AHEAD and one.starts <= now:
        return True
    return is_obsolete(message.kind, message.sequence, one.status, one.sequence)


async def _settle(house: House, tx: Transaction, message: Message, error: Exception | None) -> None:
    now = await store.read(tx, message.id, lock=True)
    if now is None or now.status != "sending" or now.envelope != message.envelope:
        return
    if error is None:
        await store.sent(tx, message.id, house.clock.now())
        await tasks.settled(house, tx, message.appointment)
        return
    pause = None if isinstance(error, MailRefused) else next_try(message.tries + 1)
    log.warning("a mail was not sent", message=str(message.id), tries=message.tries + 1, error=type(error).__name__)
    await store.not_sent(tx, message.id, "waiting" if pause else "failed", type(error).__name__)
    if pause:
        await promise(house, tx, message.id, house.clock.now() + pause)
    else:
        await tasks.wanted(house, tx, "refused", message.appointment, message.patient, message.id)
