"""Says whom a conversation concerns: staff link it to a patient's record, or take the link back; both are on record."""

from uuid import UUID

import msgspec

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations import rules
from sportello.conversations.events import PatientLinked
from sportello.conversations.hearing import hearing_of
from sportello.conversations.moves import locked
from sportello.conversations.opening import visitor
from sportello.conversations.refusals import NO_PATIENT, NotPossible, moved_on, not_yours
from sportello.conversations.states import State
from sportello.conversations.store import talks
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.record import reading as record
from sportello.record.ports import Away


async def link_patient(
    house: House, tx: Transaction, conversation: UUID, patient: str | None, actor: Actor
) -> Conversation:
    """Links to a patient, or unlinks with None. Nobody gains a way into the conversation by it: the portal shows a
    patient only what was opened while signed in. Raises NotPossible when it is not the actor's, when it is closed, or
    when there is no such patient for the actor.
    """
    talk = await locked(tx, conversation)
    if talk.state is State.CLOSED:
        raise moved_on(talk.state)
    if str(talk.agent) != actor.id and not actor.may(Permission.SUPERVISE):
        raise not_yours(talk.state)
    if talk.patient_id == patient:
        return talk
    body = {"patient": patient, "name": actor.name}
    sender = f"agent:{actor.id}"
    await house.streams.append(tx, talk.stream, "linked", body, sender=sender, audience="staff", client_id=uuid7())
    if talk.agent:
        told = {"conversation": str(conversation), "state": talk.state}
        await house.streams.append(tx, f"desk:{talk.agent}", "work", told, audience="staff")
    # After the stream's part: what is written last is written in one order everywhere (stream, then trail).
    name = await _name(house, tx, talk, patient, actor)
    await talks.set_patient(tx, conversation, patient, name)
    detail = {"before": talk.patient_id}
    action = "conversation.linked" if patient else "conversation.unlinked"
    await audit.record(
        house, tx, actor, action, patient=patient or talk.patient_id, entity=str(conversation), detail=detail
    )
    tx.after_commit(hearing_of(house).changed)
    await house.news.announce(tx, PatientLinked(conversation, patient, talk.patient_id))
    return msgspec.structs.replace(talk, patient_id=patient, visitor_name=name)


async def _name(house: House, tx: Transaction, talk: Conversation, patient: str | None, actor: Actor) -> str:
    """The name to show: the patient's own, or a visitor's when the link is taken back.

    Whoever links sees whom: the reading is decided, and recorded, by the record. The house itself links who has signed
    in, also before their record has arrived.
    """
    if patient is None:
        return rules.clean_name(visitor(talk.id, talk.language))
    try:
        header = await record.patient_header(house, tx, actor, patient)
    except (record.UnknownPatient, record.NotAllowed) as refusal:
        if actor.kind == "staff":
            raise NotPossible(NO_PATIENT, "no-patient") from refusal
        return talk.visitor_name
    except Away:  # a patient who signs in is not kept waiting for the hospital's server
        if actor.kind == "staff":
            raise
        return talk.visitor_name
    return rules.clean_name(header.name) or talk.visitor_name
