"""One visit to the door: who asks, under which rights, and what the trail keeps of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.fhir.door.outcomes import Issue, Refusal
from sportello.fhir.door.scopes import Rights
from sportello.fhir.plugging import plugs_of
from sportello.fhir.store.finding import Found, Limits
from sportello.fhir.withholding import is_hidden
from sportello.kit.database import Transaction
from sportello.kit.house import House

_WORDS = {"c": "create", "r": "read", "u": "update", "d": "delete", "s": "search"}


class Visit(Struct):
    """What every answer needs to know of its question. `base` is the door's own address, without a last slash."""

    house: House
    actor: Actor
    rights: Rights
    base: str
    strict: bool = False
    hidden: Sequence[str] = ()

    @property
    def now(self) -> datetime:
        return self.house.clock.now()

    @property
    def limits(self) -> Limits:
        """Sensitive resources are as if they were not there for whoever may not see them."""
        return Limits(self.hidden, plugs=plugs_of(self.house))

    def hides(self, one: Found) -> bool:
        """Whether a version is hidden from the visitor; of what stands now the searches see to it."""
        return self.hides_body(one.kind, one.body)

    def hides_body(self, kind: str, body: dict[str, Any]) -> bool:
        return is_hidden(body | {"resourceType": kind}, self.hidden)

    def needs(self, kind: str, letter: str) -> None:
        """Raises Refusal where the token's scopes do not reach, and where a type is not written as a resource."""
        plug = plugs_of(self.house).get(kind)
        if plug and not plug.over and letter in "cud":
            raise Refusal(405, Issue("not-supported", plug.told))
        self.may_act(kind, letter)

    def may_act(self, kind: str, letter: str) -> None:
        """As `needs`, for operations that do what is not done by writing resources."""
        if not self.rights.may(kind, letter):
            raise Refusal(403, Issue("forbidden", f"the token may not {_WORDS[letter]} {kind}"))

    async def looked(self, tx: Transaction, action: str, found: Iterable[Found], detail: dict[str, object]) -> None:
        """Records whose data was shown: an event for each patient, one for what belongs to nobody."""
        seen = {one.patient for one in found if one.patient}
        for patient in sorted(seen):
            await audit.record(self.house, tx, self.actor, action, patient=patient, detail=dict(detail))
