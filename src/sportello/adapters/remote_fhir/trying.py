"""A test of the connection, step by step, so that an administrator sees how far it came and what is in the way."""

from msgspec import Struct

from sportello.adapters.remote_fhir import server
from sportello.adapters.remote_fhir.hearing import Trouble
from sportello.adapters.remote_fhir.link import Link
from sportello.adapters.remote_fhir.terms import Terms
from sportello.adapters.remote_fhir.wording import TROUBLES
from sportello.kit.house import House
from sportello.kit.i18n import N_

NEEDED = ("Patient", "Encounter", "Observation", "Condition", "AllergyIntolerance", "CarePlan", "CareTeam")
_WRITTEN = ("CarePlan", "Goal", "CareTeam")


class Step(Struct, frozen=True):
    """One step: how it went (ok, warn, danger), what was done, a message id, and the server's own words."""

    kind: str
    text: str
    told: str = ""


async def try_it(house: House, terms: Terms) -> list[Step]:
    """Asks with a link of its own; a search for one patient is the last step, and nothing of it is kept."""
    link = Link(house, terms)
    steps: list[Step] = []
    try:
        async with link.wire() as wire:
            known = await server.capability(wire)
            steps.append(Step("ok", N_("The server speaks FHIR R4."), known.software))
            missing = [kind for kind in NEEDED if not known.has(kind)]
            if missing:
                steps.append(Step("warn", N_("It does not have:"), ", ".join(missing)))
            found = await server.search(wire, known, "Patient", [], most=1)
            steps.append(Step("ok", N_("Patients can be searched.") if found.resources else
                              N_("Patients can be searched; there are none yet.")))  # fmt: skip
            way = (
                N_("Searches travel in the body.")
                if known.posts
                else N_("The server takes searches in addresses only: what is searched for will be in its logs.")
            )
            steps.append(Step("ok" if known.posts else "warn", way))
            writable = terms.writes and all(known.may_write(kind) for kind in _WRITTEN)
            told = (
                N_("Care plans and care teams can be changed.")
                if writable
                else N_("It is read-only: care plans and care teams cannot be changed here.")
            )
            steps.append(Step("ok" if writable else "warn", told))
    except Trouble as error:
        told = " ".join(part for part in (str(error.status or ""), error.told) if part)
        steps.append(Step("danger", TROUBLES[error.code], told))
    return steps
