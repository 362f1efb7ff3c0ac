"""Mails about a patient's appointments as contacts of the record: what was written when, and whether it went out."""

from datetime import datetime

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.outreach import store, wording
from sportello.record.contacts import Contact

STATES = {
    "waiting": N_("Not sent yet"), "sending": N_("Not sent yet"), "returned": N_("Came back"), "sent": N_("Sent"),
    "failed": N_("Could not be sent"), "obsolete": N_("Not sent: overtaken"),
}  # fmt: skip


async def contacts(
    house: House, tx: Transaction, actor: Actor, patient: str, before: datetime | None, limit: int
) -> list[Contact]:
    """For those who may read appointments."""
    if not (actor.may(Permission.APPOINTMENT_READ) or actor.may(Permission.APPOINTMENT_BOOK)):
        return []
    told = await store.to_patient(tx, patient, before, limit)
    return [
        Contact(
            one.sent_at or one.created_at, "messages", translate(actor.language, wording.KINDS.get(one.kind, one.kind)),
            one.recipient, translate(actor.language, STATES.get(one.status, one.status)),
        )
        for one in told
    ]  # fmt: skip
