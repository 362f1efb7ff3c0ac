"""Whose conversation it is: an anonymous visitor becomes a known patient, on record."""

from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.conversations import store
from sportello.conversations.events import PatientLinked
from sportello.conversations.moves import NotPossible, locked
from sportello.conversations.states import State
from sportello.kit.database import Transaction
from sportello.kit.house import House


async def link_patient(house: House, tx: Transaction, conversation: UUID, patient_id: str | None, actor: Actor) -> None:
    """Links the conversation to a patient of the record (None unlinks); only its agent or a supervisor may."""
    found = await locked(tx, conversation)
    if found.state is State.CLOSED or (str(found.agent) != actor.id and not actor.may("conversation.supervise")):
        raise NotPossible
    await store.set_patient(tx, conversation, patient_id)
    await audit.record(
        house, tx, actor, "conversation.linked" if patient_id else "conversation.unlinked",
        patient=patient_id or found.patient_id, entity=str(conversation),
    )  # fmt: skip
    await house.streams.append(
        tx, found.stream, "linked", {"patient": patient_id or ""}, sender=f"agent:{actor.id}", audience="staff"
    )
    await house.news.announce(tx, PatientLinked(conversation, patient_id))
