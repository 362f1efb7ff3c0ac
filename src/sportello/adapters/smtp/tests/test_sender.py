"""What each of a mail server's answers means to us; no error repeats an address."""

import socket
from email.message import EmailMessage

import pytest

from sportello.adapters.smtp.sender import SmtpSender
from sportello.kit.settings import Mail
from sportello.outreach.ports import MailRefused, MailUnavailable
from sportello.outreach.tests.conftest import MailServer, mail_server  # noqa: F401  a fixture

Server = tuple[MailServer, Mail]


@pytest.fixture
def rooms() -> tuple[str, ...]:
    return ("kit",)


@pytest.fixture
def mail() -> EmailMessage:
    made = EmailMessage()
    made["To"], made["Subject"] = "giulia.ferri@example.org", "Prova"
    made.set_content("Perché no? 🫀")
    return made


async def test_a_mail_arrives_as_it_was_written(mail_server: Server, mail: EmailMessage) -> None:  # noqa: F811
    kept, settings = mail_server
    await SmtpSender(settings).send(mail)
    body = kept.mails[0].get_body()
    assert body
    assert body.get_content().strip() == "Perché no? 🫀"


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [("550 No such user", MailRefused), ("553 Not so", MailRefused), ("451 Later", MailUnavailable)],
)
async def test_answers(mail_server: Server, mail: EmailMessage, answer: str, meaning: type[Exception]) -> None:  # noqa: F811
    kept, settings = mail_server
    kept.answers = [answer]
    with pytest.raises(meaning) as refusal:
        await SmtpSender(settings).send(mail)
    assert "giulia" not in str(refusal.value)


async def test_nobody_there(mail: EmailMessage) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(MailUnavailable):
        await SmtpSender(Mail(host="127.0.0.1", port=port)).send(mail)


async def test_no_server_is_set(mail: EmailMessage) -> None:
    with pytest.raises(MailUnavailable, match=r"mail\.host"):
        await SmtpSender(Mail()).send(mail)


async def test_a_server_without_the_sign_in_we_were_told_of(mail_server: Server, mail: EmailMessage) -> None:  # noqa: F811
    _, settings = mail_server
    known = Mail(host=settings.host, port=settings.port, username="sportello", password="secret")
    with pytest.raises(MailUnavailable):
        await SmtpSender(known).send(mail)
