"""What is wrong with terms before they are in force: a bot that cannot work is not employed."""

import msgspec

from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.dialects import UNREADABLE, read_rules
from sportello.kit.addresses import is_address
from sportello.kit.i18n import N_

_ADDRESS = N_("Write a whole address that begins with https://")
_SECRET = N_("Without a secret or a token endpoint the bot cannot be spoken to.")
_SIGNED = N_("Azure Health Bot takes signed words only: write its app secret, at least 16 signs.")
_ARGUMENTS = N_('Arguments are a JSON object, such as {"topic": "visits"}.')
_ORDER = N_("The holding line comes before a person takes over: choose fewer seconds here than there.")
_OWN_ADDRESS = N_("The bot answers at our own address: set server.public_url first.")


def check(terms: Connection, public_url: str) -> dict[str, str]:
    """The errors by field; none for the embedded assistant, whatever the other fields hold."""
    if not terms.employed:
        return {}
    errors: dict[str, str] = {}
    if not is_address(terms.base_url):
        errors["base_url"] = _ADDRESS
    if terms.kind == "connector":
        if not public_url:
            errors["kind"] = _OWN_ADDRESS
    elif terms.token_endpoint and not is_address(terms.token_endpoint):
        errors["token_endpoint"] = _ADDRESS
    elif not terms.secret and not terms.token_endpoint:
        errors["secret"] = _SECRET
    if terms.kind == "health_bot" and len(terms.app_secret) < 16:
        errors["app_secret"] = _SIGNED
    if terms.arguments.strip() and not _is_object(terms.arguments):
        errors["arguments"] = _ARGUMENTS
    if terms.hold >= terms.patience:
        errors["hold"] = _ORDER
    try:
        read_rules(terms.rules)
    except ValueError:
        errors["rules"] = UNREADABLE
    return errors


def _is_object(text: str) -> bool:
    try:
        return isinstance(msgspec.json.decode(text), dict)
    except (msgspec.DecodeError, RecursionError):
        return False
