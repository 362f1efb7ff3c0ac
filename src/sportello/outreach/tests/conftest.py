"""A house with scheduling and outreach, and a mail server that keeps what it is given."""

from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from sportello.adapters.smtp.sender import SmtpSender
from sportello.kit.house import House
from sportello.kit.settings import Mail
from sportello.outreach.ports import MailSender
from sportello.scheduling.tests.conftest import clock, elena, house  # noqa: F401  fixtures

ROOMS = ("kit", "web", "administration", "fhir", "record", "scheduling", "outreach")


@pytest.fixture
def rooms() -> tuple[str, ...]:
    return ROOMS


class MailServer:
    """A real SMTP server on a free port; `answers` are given to the next recipients instead of a yes."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.senders: list[str] = []
        self.answers: list[str] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        from email import message_from_bytes, policy

        self.senders.append(envelope.mail_from)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


class OnAnyPort(Controller):
    """Binds port 0 and finds out which one it got."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mail_server() -> Iterator[tuple[MailServer, Mail]]:
    kept = MailServer()
    controller = OnAnyPort(kept, hostname="127.0.0.1", port=0)
    controller.start()
    yield kept, Mail(host="127.0.0.1", port=controller.port, sender="sportello@sanluca.example")
    controller.stop()


@pytest.fixture
def mailbox(house: House, mail_server: tuple[MailServer, Mail]) -> MailServer:  # noqa: F811  the fixture above
    """The server that the house sends to."""
    house.ports[MailSender] = SmtpSender(mail_server[1])
    return mail_server[0]
