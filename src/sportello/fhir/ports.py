"""What the FHIR room asks of the world."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sportello.administration.actor import Actor
from sportello.kit.database import Database, Transaction
from sportello.kit.i18n import N_


class Unreachable(Exception):
    """Another system did not answer, or not with what was asked of it: `Unreachable(N_("answered with %(status)s"),
    status="503")`. The sentence says why, without secrets; screens translate it, machines read it in English.
    """

    def __init__(self, message: str, **values: str) -> None:
        super().__init__(message % values if values else message)
        self.message = message
        self.values = values


ANSWERED, NO_CONNECTION = N_("answered with %(status)s"), N_("could not be connected to (%(error)s)")


class SensitiveParts(Protocol):
    """Who says which resources are sensitive; without one, the labels of `labels.py` are."""

    async def tokens(self, reader: Database | Transaction) -> Sequence[str]:
        """Tokens as the index writes them, and types as `extraction.type_token` does."""


class PersonsReach(Protocol):
    """Who says how far a member of staff reaches at the door; without one, nowhere."""

    async def reach(self, tx: Transaction, person: Actor) -> Mapping[str, str]:
        """By type of resource, the letters of SMART's `cruds` that the person's role allows."""
        ...


class KeySource(Protocol):
    """Fetches the public keys (a JSON Web Key Set, RFC 7517) that another system publishes; raises Unreachable.

    What was fetched a short while ago is answered again, unless it must be `fresh`.
    """

    async def keys(self, url: str, *, fresh: bool) -> dict[str, Any]: ...


class Unwanted(Unreachable):
    """The other system says that it wants nothing more of the kind (410)."""


class WebHook(Protocol):
    """Posts a notification to another system; raises Unreachable unless it is taken with a status of 2xx.

    Never to addresses within the hospital's network, but for hosts that the operator has named.
    """

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> None: ...
