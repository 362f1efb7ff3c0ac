"""What outreach asks of the world: somebody who delivers mail."""

from email.message import EmailMessage
from typing import Protocol


class MailRefused(Exception):
    """The mail will never be taken: a wrong address, a refused sender. The text carries no address."""


class MailUnavailable(Exception):
    """Nobody takes mail at the moment: try again later. The text carries no address."""


class MailSender(Protocol):
    """Delivers one mail; returns when the next server has taken responsibility for it."""

    async def send(self, mail: EmailMessage, return_path: str = "") -> None: ...
