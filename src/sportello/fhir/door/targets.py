"""References checked for their targets, where the administrator wants that: once all of a request is written, so that
the entries of a transaction may point to one another in any order.
"""

from collections.abc import Iterator
from typing import Any

from sportello.fhir.door.outcomes import Issue, Refusal
from sportello.fhir.door.visiting import Visit
from sportello.fhir.references import local_target
from sportello.fhir.store import links
from sportello.kit.database import Transaction

_KEY = "fhir: targets of references"
_TOLD = 20


class _Targets:
    """What the resources of a transaction point to, each with its first place."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self.wanted: dict[str, str] = {}

    async def __call__(self, tx: Transaction) -> None:
        # A type that the token may not read is not looked for: whether something of it is here is not told.
        asked = [one for one in self.wanted if self._visit.rights.may(one.partition("/")[0], "r")]
        here = await links.present(tx, asked, self._visit.limits) if asked else set()
        missing = [one for one in asked if one not in here]
        if missing:
            told = [Issue("not-found", f"{one} is not here", self.wanted[one]) for one in missing[:_TOLD]]
            raise Refusal(422, *told)


async def owed(visit: Visit, tx: Transaction, resource: dict[str, Any]) -> None:
    """From now on this transaction fails when something that the resource points to is not here at its end."""
    if await links.link_check(tx) != "exists":
        return
    targets = tx.before_commit(_KEY, _Targets(visit))
    assert isinstance(targets, _Targets)
    for place, reference in _places(resource, resource["resourceType"]):
        if target := local_target(reference):
            targets.wanted.setdefault(target, place)


def _places(value: Any, here: str) -> Iterator[tuple[str, str]]:
    """Every Reference.reference with its FHIRPath."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "reference" and isinstance(inner, str):
                yield f"{here}.reference", inner
            else:
                yield from _places(inner, f"{here}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _places(inner, f"{here}[{number}]")
