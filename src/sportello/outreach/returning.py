"""Mail that comes back: reports of mail servers (RFC 3464) are read and told to staff; automatic replies are not.

A report is known by the address that it was returned to, which names the message; else by the envelope's id, or the
Message-ID of the mail that it quotes.
"""

import re
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import Literal
from uuid import UUID

import structlog
from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import as_uuid
from sportello.outreach import store, tasks

log = structlog.get_logger("outreach")
MOST_BYTES = 2_000_000
_VERP = re.compile(r"\+([a-z2-9]{20})@", re.I)
_MESSAGE_ID = re.compile(r"<([0-9a-f-]{36})@")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_QMAIL = "Hi. This is the"  # how programs of qmail's family begin their reports, which no RFC describes
Outcome = Literal["returned", "delayed", "delivered", "nothing"]


class Report(Struct, frozen=True):
    """What a server says of a message: which, what, and the status code of RFC 3463."""

    envelope: str
    message: UUID | None
    outcome: Outcome
    code: str = ""


async def take(house: House, raw: bytes, recipient: str = "") -> Outcome:
    """Notes what a report says; "nothing" for what is none, or is about no message of ours."""
    report = read(raw[:MOST_BYTES], recipient)
    if report.outcome == "nothing":
        return "nothing"
    return await house.db.run(lambda tx: _note(house, tx, report))


async def _note(house: House, tx: Transaction, report: Report) -> Outcome:
    one = await store.of_envelope(tx, report.envelope) if report.envelope else None
    if one is None and report.message:
        one = await store.read(tx, report.message, lock=True)
        # Mail to a wrong address, since corrected, may still come back.
        if one is not None and report.envelope and one.envelope != report.envelope:
            one = None
    if one is None:
        log.info("a report about no message of ours")
        return "nothing"
    now = house.clock.now()
    if report.outcome == "returned" and one.status in ("sent", "sending", "unsure"):
        await store.returned(tx, one.id, report.code, now)
        await tasks.wanted(house, tx, "returned", one.appointment, one.patient, one.id)
    elif report.outcome == "delayed" and one.status == "sent":
        await store.delayed(tx, one.id, now)
    return report.outcome


def read(raw: bytes, recipient: str = "") -> Report:
    """Reads a mail, which is whatever strangers sent."""
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    try:
        return _read(mail, recipient)
    except (ValueError, LookupError, AttributeError, TypeError) as error:  # headers of others can break the library
        log.warning("a returned mail cannot be read", error=type(error).__name__)
        return Report("", None, "nothing")


def _read(mail: EmailMessage, recipient: str) -> Report:
    addresses = " ".join([recipient, *_headers(mail, "delivered-to", "x-original-to", "to")])
    parts = list(mail.walk())
    fields = [
        block for part in parts if part.get_content_type() == "message/delivery-status" for block in _blocks(part)
    ]
    envelope_ids = " ".join(str(block.get("original-envelope-id", "")) for block in fields)
    found = _VERP.search(addresses) or _VERP.search(f"+{envelope_ids}@")
    envelope = found[1].lower() if found else ""
    message = _quoted(mail, parts)
    outcome: Outcome = "nothing"
    code = ""
    for block in fields:
        action = str(block.get("action", "")).strip().lower()
        status = _STATUS.search(str(block.get("status", "")))
        if action == "failed":
            outcome, code = "returned", status[1] if status else ""
        elif action == "delayed" and outcome != "returned":
            outcome, code = "delayed", status[1] if status else ""
        elif action in ("delivered", "relayed", "expanded") and outcome == "nothing":
            outcome = "delivered"
    if not fields and str(mail.get("auto-submitted", "no")).lower().startswith("auto-replied"):
        return Report("", None, "nothing")  # somebody is on holiday
    if not fields and _plain(parts).lstrip().startswith(_QMAIL):
        status = _STATUS.search(_plain(parts))
        outcome, code = "returned", status[1] if status else ""
    return Report(envelope, message, outcome, code)


def _headers(mail: EmailMessage, *names: str) -> list[str]:
    return [str(value) for name in names for value in mail.get_all(name, [])]


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _quoted(mail: EmailMessage, parts: Sequence[Message]) -> UUID | None:
    """The Message-ID of ours that the report quotes, as headers or in its text."""
    for part in parts:
        if part is mail or part.get_content_type() not in ("message/rfc822", "text/rfc822-headers", "text/plain"):
            continue
        payload = part.get_payload()
        inner = payload[0] if isinstance(payload, list) and payload else None
        text = str(inner.get("message-id", "")) if isinstance(inner, Message) else str(payload)
        for known in _MESSAGE_ID.findall(text):
            if as_uuid(known):
                return UUID(known)
    return next((UUID(one) for one in _MESSAGE_ID.findall(_plain(parts)) if as_uuid(one)), None)


def _plain(parts: Sequence[Message]) -> str:
    return "\n".join(str(part.get_payload()) for part in parts if part.get_content_type() == "text/plain")
