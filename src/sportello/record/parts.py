"""Which parts of a record a role is shown, as administrators set it; who a patient is, is always shown."""

from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.i18n import N_
from sportello.record.store import sensitive

WARNINGS, VISITS, TIMELINE, PLAN, TEAM, CONTACTS = "warnings", "visits", "timeline", "plan", "team", "contacts"
PARTS = {
    WARNINGS: N_("Allergies and alerts"),
    VISITS: N_("Last and next visit"),
    TIMELINE: N_("Clinical timeline"),
    PLAN: N_("Care plan"),
    TEAM: N_("Care team"),
    CONTACTS: N_("Contacts with the patient"),
}


async def shown_to(tx: Transaction, actor: Actor) -> frozenset[str]:
    """Patients see all of their own, the house itself what it needs; staff what their role is shown."""
    if actor.kind != "staff":
        return frozenset(PARTS)
    return frozenset(PARTS) - await sensitive.withheld_from(tx, actor.role or "")
