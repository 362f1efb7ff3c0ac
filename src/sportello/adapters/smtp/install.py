"""Wires SMTP as the way mail is sent, unless a test or another adapter did before."""

from sportello.adapters.smtp.sender import SmtpSender
from sportello.kit.house import House
from sportello.outreach.ports import MailSender


def install(house: House) -> None:
    """The server is `settings.mail`; without one, mails wait and say so."""
    house.ports.setdefault(MailSender, SmtpSender(house.settings.mail))
