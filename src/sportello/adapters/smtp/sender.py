"""The SMTP client behind outreach's MailSender."""

from email.message import EmailMessage

import aiosmtplib

from sportello.kit.settings import Mail
from sportello.outreach.ports import MailRefused, MailUnavailable

PATIENCE = 20.0  # seconds for the whole conversation with the server
IMPLICIT_TLS = 465  # RFC 8314


class SmtpSender:
    """Hands each mail to the server of `settings.mail`, over a connection of its own."""

    def __init__(self, settings: Mail) -> None:
        self._settings = settings

    async def send(self, mail: EmailMessage, return_path: str = "") -> None:
        """What cannot be delivered later comes back to `return_path`, else to the sender.

        MailRefused for a permanent answer (5xx), MailUnavailable for all else; neither repeats an address.
        """
        to = self._settings
        if not to.host:
            raise MailUnavailable("setting mail.host: no mail server is set")
        try:
            await aiosmtplib.send(
                mail, sender=return_path or to.sender, hostname=to.host, port=to.port, username=to.username or None,
                password=to.password or None, use_tls=to.port == IMPLICIT_TLS,
                start_tls=True if to.starttls else None if to.port != IMPLICIT_TLS else False, timeout=PATIENCE,
            )  # fmt: skip
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [one.code for one in error.recipients]
            raise (MailRefused if codes and min(codes) >= 500 else MailUnavailable)(f"recipient: {codes}") from None
        except aiosmtplib.SMTPAuthenticationError:
            # Wrong credentials are the operator's to mend: the mail itself is good.
            raise MailUnavailable("the mail server refused our sign-in") from None
        except aiosmtplib.SMTPResponseException as error:
            raise (MailRefused if error.code >= 500 else MailUnavailable)(f"answer {error.code}") from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise MailUnavailable(type(error).__name__) from None
