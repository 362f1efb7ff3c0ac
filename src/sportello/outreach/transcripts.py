"""Sends a conversation's transcript to the patient who asked for it, as a job that is tried again."""

import asyncio
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import structlog

from sportello.conversations import store as talks
from sportello.conversations import writing_out
from sportello.conversations.store import mailings
from sportello.conversations.store.mailings import Mailing
from sportello.conversations.writing_out import Document
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import translate
from sportello.kit.jobs import job
from sportello.outreach.ports import MailRefused, MailSender
from sportello.outreach.rules import next_try

log = structlog.get_logger("outreach")


async def promise(house: House, tx: Transaction, mailing: UUID, run_at: Any = None) -> None:
    """A job that will send it."""
    await house.jobs.enqueue(
        tx, "outreach.transcript", {"mailing": str(mailing)}, run_at=run_at, dedupe_key=f"transcript:{mailing}"
    )


@job("outreach.transcript")
async def send(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """What the patient saw, without notes, in the conversation's language; as of the moment of sending."""
    mailing = await mailings.locked(tx, UUID(payload["mailing"]))
    if mailing is None or mailing.status != "waiting":
        return
    talk = await talks.get(tx, mailing.conversation)
    assert talk is not None, "a mailing goes with its conversation"
    made = await writing_out.document(house, tx, talk, talk.language, "all")
    pdf = await asyncio.to_thread(writing_out.as_pdf, made, house)
    try:
        await house.port(MailSender).send(_letter(house, mailing, made, pdf))
    except Exception as error:
        pause = None if isinstance(error, MailRefused) else next_try(mailing.tries + 1)
        log.warning("a transcript was not sent", mailing=str(mailing.id), error=type(error).__name__)
        await mailings.tried(tx, mailing.id, "waiting" if pause else "failed", None)
        if pause:
            await promise(house, tx, mailing.id, house.clock.now() + pause)
    else:
        await mailings.tried(tx, mailing.id, "sent", house.clock.now())


def _letter(house: House, mailing: Mailing, made: Document, pdf: bytes) -> EmailMessage:
    """The words stand in the attachment alone: a phone shows the first lines of a mail on its locked screen."""
    clinic, language = house.settings.clinic, made.language
    mail = EmailMessage()
    mail["Subject"] = translate(language, "Your conversation with %(clinic)s", clinic=clinic.name)
    mail["From"] = Address(clinic.name, addr_spec=house.settings.mail.sender)
    mail["To"] = mailing.recipient
    mail["Date"] = house.clock.now()
    mail["Message-ID"] = f"<{mailing.id}@{house.settings.mail.sender.rpartition('@')[2] or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = language
    lines = [
        translate(language, "Good day,"), "",
        translate(language, "you asked us for the text of our conversation. You find it in the attached document."), "",
        clinic.name, translate(language, "This message was sent automatically."), "",
    ]  # fmt: skip
    mail.set_content("\n".join(lines))
    name = translate(language, "conversation.pdf")
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
    return mail
