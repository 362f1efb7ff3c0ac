"""How far a member of staff reaches at the FHIR door with a token in their name: as far as at their desk."""

from collections.abc import Mapping

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.fhir.r4 import TYPES
from sportello.kit.database import Transaction
from sportello.record.parts import CONTACTS, PLAN, TEAM, TIMELINE, VISITS, WARNINGS, shown_to

# Who and where things are, shown with every record; what is of neither these nor a part below is of the timeline.
_ALWAYS = frozenset(
    """Patient RelatedPerson Consent Practitioner PractitionerRole Organization Location HealthcareService Schedule Slot
    PlanDefinition Questionnaire""".split()
)
_PARTS = {
    "AllergyIntolerance": WARNINGS, "Flag": WARNINGS, "DetectedIssue": WARNINGS, "Appointment": VISITS,
    "AppointmentResponse": VISITS, "CarePlan": PLAN, "Goal": PLAN, "CareTeam": TEAM, "Communication": CONTACTS,
    "CommunicationRequest": CONTACTS,
}  # fmt: skip
# What machines keep among themselves, and what holds records of whole groups.
_NEVER = frozenset({"Subscription", "SubscriptionStatus", "AuditEvent", "Group", "Bundle", "Parameters"})
_WRITES = {
    "CarePlan": (Permission.CAREPLAN_WRITE, "cud"), "Goal": (Permission.CAREPLAN_WRITE, "cud"),
    "CareTeam": (Permission.CARETEAM_WRITE, "cud"), "Appointment": (Permission.APPOINTMENT_BOOK, "cu"),
}  # fmt: skip


class DeskReach:
    """The door's `PersonsReach`, from what roles may and which parts of records they are shown."""

    async def reach(self, tx: Transaction, person: Actor) -> Mapping[str, str]:
        if not person.may(Permission.PATIENT_READ):
            return {}
        shown = await shown_to(tx, person)
        found = dict.fromkeys(_NEVER & TYPES, "")
        for kind in TYPES - _NEVER:
            if kind in _ALWAYS or _PARTS.get(kind, TIMELINE) in shown:
                permission, letters = _WRITES.get(kind, (None, ""))
                found[kind] = "rs" + (letters if permission and person.may(permission) else "")
        return found
