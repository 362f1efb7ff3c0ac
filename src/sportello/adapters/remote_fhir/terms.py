"""Where the clinical record is, and on which terms its server is asked: what the administrator sets, in force within
seconds everywhere.
"""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from sportello.adapters.remote_fhir import store
from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_

REMEMBERED = 3.0  # seconds
SCOPES = "system/*.rs system/CarePlan.cruds system/CareTeam.cruds system/Goal.cruds"
_ADDRESS = N_("Write a whole address that begins with https://")
_CLIENT = N_("Write the id that the server's operators gave Sportello.")
_SCOPE = N_("Write scopes such as system/Patient.rs, one a line.")
_AUTHORITY = N_("This is no certificate in PEM form.")


class Terms(Struct, frozen=True):
    """The server and its terms. `seconds` for an answer, `ceiling` questions a second, `fresh` seconds that an answer
    counts as of now, `keep` hours for which it is kept at all.
    """

    kind: Literal["embedded", "remote"] = "embedded"
    name: Annotated[str, Meta(max_length=100)] = ""
    address: Annotated[str, Meta(max_length=1000)] = ""
    auth: Literal["signed", "none"] = "signed"
    client: Annotated[str, Meta(max_length=300)] = ""
    scopes: Annotated[str, Meta(max_length=4000)] = SCOPES
    token_address: Annotated[str, Meta(max_length=1000)] = ""
    authority: Annotated[str, Meta(max_length=50_000)] = ""
    writes: bool = True
    seconds: Annotated[int, Meta(ge=1, le=60)] = 8
    ceiling: Annotated[int, Meta(ge=1, le=1000)] = 30
    fresh: Annotated[int, Meta(ge=0, le=3600)] = 60
    keep: Annotated[int, Meta(ge=1, le=720)] = 24

    @property
    def remote(self) -> bool:
        return self.kind == "remote"

    @property
    def base(self) -> str:
        return self.address.rstrip("/")


class _Remembered:
    def __init__(self) -> None:
        self.terms = Terms()
        self.until = -1.0


async def terms_of(house: House, tx: Transaction | None = None) -> Terms:
    """The terms in force, at most REMEMBERED seconds old; whoever is in a transaction hands it down."""
    known: _Remembered = house.ports.setdefault(_Remembered, _Remembered())
    now = house.clock.now().timestamp()
    if not 0 <= known.until - now <= REMEMBERED:
        known.terms = _read(await store.terms(tx or house.db))
        known.until = now + REMEMBERED
    return known.terms


def remembered(house: House) -> Terms:
    """The terms that this process read last, for who cannot wait."""
    known: _Remembered = house.ports.setdefault(_Remembered, _Remembered())
    return known.terms


async def change(house: House, tx: Transaction, by: Actor, after: Terms) -> None:
    """From now on these terms, on record. What another server answered is forgotten."""
    before = _read(await store.terms(tx))
    changed = [name for name in Terms.__struct_fields__ if getattr(before, name) != getattr(after, name)]
    if not changed:
        return
    now = house.clock.now()
    await store.keep_terms(tx, msgspec.to_builtins(after), now)
    if before.base != after.base or not after.remote:
        await store.forget(tx)
    await audit.record(house, tx, by, "record.settings", detail={"changed": sorted(changed), "kind": after.kind})
    tx.after_commit(lambda: house.ports.pop(_Remembered, None))


def faults(terms: Terms) -> dict[str, str]:
    """What is wrong, by field, as message ids: a server that cannot be asked is not chosen."""
    errors: dict[str, str] = {}
    if not terms.remote:
        return errors
    if not is_address(terms.address):
        errors["address"] = _ADDRESS
    if terms.token_address and not is_address(terms.token_address):
        errors["token_address"] = _ADDRESS
    if terms.auth == "signed" and not terms.client:
        errors["client"] = _CLIENT
    if terms.auth == "signed" and not terms.scopes.split():
        errors["scopes"] = _SCOPE
    if terms.authority.strip() and "-----BEGIN CERTIFICATE-----" not in terms.authority:
        errors["authority"] = _AUTHORITY
    return errors


def is_address(text: str) -> bool:
    """https, or plain http within this machine only: patients' data never travel unsealed."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    plain = bool(parts.hostname) and not (parts.query or parts.fragment or parts.username) and port != 0
    return plain and (parts.scheme == "https" or (parts.scheme == "http" and here))


def _read(kept: Any) -> Terms:
    return msgspec.convert(kept, Terms) if kept else Terms()
