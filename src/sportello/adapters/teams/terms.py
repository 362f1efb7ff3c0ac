"""Which application makes the meetings and in whose name: what the administrator sets, in force at once."""

import re
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from sportello.adapters.teams import store
from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.security.sealing import Sealing, sealing_of

_PURPOSE = "teams.client_secret"
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{2,253}")
_CLIENT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ORGANISER = re.compile(r"[A-Za-z0-9._%+'@-]{3,254}")
WRITE_TENANT = N_("Write the tenant's id or its domain, such as hospital.onmicrosoft.com.")
WRITE_CLIENT = N_("Write the application's id: five groups of digits and letters from a to f.")
WRITE_ORGANISER = N_("Write the id or the user name of the organiser.")
WRITE_SECRET = N_("Write the client secret.")
WRITE_HTTPS = N_("Write an https address.")


class Terms(Struct, frozen=True):
    """The application (client credentials), the user in whose name meetings are made, and where Microsoft answers."""

    tenant: str = ""
    client: str = ""
    secret: str = ""
    organiser: str = ""
    login_url: str = "https://login.microsoftonline.com"
    graph_url: str = "https://graph.microsoft.com/v1.0"

    @property
    def complete(self) -> bool:
        return bool(self.tenant and self.client and self.secret and self.organiser)


async def terms_of(house: House, reader: store.Reader) -> Terms:
    """Those in force, with the secret opened."""
    kept = await store.terms(reader)
    terms = msgspec.convert(kept, Terms) if kept else Terms()
    return msgspec.structs.replace(terms, secret=sealing_of(house).opened(_PURPOSE, terms.secret))


async def change(house: House, tx: Transaction, by: Actor, after: Terms) -> None:
    """These from now on; on record without the secret."""
    sealed = msgspec.structs.replace(after, secret=sealing_of(house).seal(_PURPOSE, after.secret))
    await store.keep_terms(tx, msgspec.to_builtins(sealed), house.clock.now())
    await audit.record(house, tx, by, "teams.settings", detail={"tenant": after.tenant, "client": after.client})


async def renew(tx: Transaction, sealing: Sealing) -> None:
    """The secret sealed with the first of the keys that seal."""
    if kept := await store.terms(tx):
        after = kept | {"secret": sealing.renewed(_PURPOSE, kept.get("secret", ""))}
        if after != kept:
            await store.reseal(tx, after)


def check(terms: Terms) -> dict[str, str]:
    """What is wrong, by field."""
    errors = {}
    if not _TENANT.fullmatch(terms.tenant):
        errors["tenant"] = WRITE_TENANT
    if not _CLIENT.fullmatch(terms.client):
        errors["client"] = WRITE_CLIENT
    if not _ORGANISER.fullmatch(terms.organiser):
        errors["organiser"] = WRITE_ORGANISER
    if not terms.secret:
        errors["secret"] = WRITE_SECRET
    for name in ("login_url", "graph_url"):
        address = urlsplit(getattr(terms, name))
        local = address.scheme == "http" and address.hostname in ("127.0.0.1", "localhost")
        if not (address.scheme == "https" or local) or not address.hostname:
            errors[name] = WRITE_HTTPS
    return errors
