"""A local mail server that keeps what it is given, so that confirmations can be read without a real one."""

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP

from sportello.demo import store
from sportello.kit.house import House

log = structlog.get_logger("demo")
_MOST_BYTES = 2_000_000


class Catcher:
    """aiosmtpd's handler: takes every mail for anybody."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        """Keeps the mail; the answer says that it is durable."""
        raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        mail = message_from_bytes(raw, policy=policy.default)
        body, calendar = parts(mail)
        async with self._house.db.transaction() as tx:
            await store.add_mail(
                tx, self._house.clock.now(), str(mail.get("from", envelope.mail_from or "")), list(envelope.rcpt_tos),
                str(mail.get("subject", "")), body, calendar, raw,
            )  # fmt: skip
        return "250 OK"


def parts(mail: EmailMessage) -> tuple[str, str | None]:
    """The text for people and the .ics file, if there is one."""
    text = mail.get_body(("plain", "html"))
    body = text.get_content() if text is not None else ""
    calendar = next((part.get_content() for part in mail.walk() if part.get_content_type() == "text/calendar"), None)
    if isinstance(calendar, bytes):
        calendar = calendar.decode("utf-8", "replace")
    return str(body).replace("\0", ""), calendar and str(calendar).replace("\0", "")


async def open_mailbox(house: House) -> asyncio.Server | None:
    """Listens where the settings send mail, when that is this machine; None when a real server is set."""
    mail = house.settings.mail
    if mail.host != "127.0.0.1" or not mail.port:
        return None
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Catcher(house), hostname="sportello.demo", loop=loop, data_size_limit=_MOST_BYTES),
        mail.host,
        mail.port,
    )
    house.tasks.start(_until_the_end(server), name="mailbox")
    return server


async def _until_the_end(server: asyncio.Server) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        server.close()
