"""Asking a colleague to advise, to join, or to take a conversation over: asked, answered, withdrawn, run out.

Until a transfer is accepted the first agent keeps the conversation; a refusal comes back to whoever asked. However it
ends, it ends once: the conversation's row is held by everybody who ends it.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations import parties, rules
from sportello.conversations.moves import locked, move
from sportello.conversations.parties import Kind
from sportello.conversations.refusals import (
    ASKED_ALREADY,
    INVITATION_OVER,
    NO_INVITATION,
    NOT_WITH_YOU,
    TAKES_PART,
    TRANSFER_ASKED,
    NotPossible,
    not_yours,
)
from sportello.conversations.states import State
from sportello.conversations.store import parties as store
from sportello.conversations.store.parties import Invitation
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.jobs import job

MOST_NOTE = 1_000


async def invite(
    house: House,
    tx: Transaction,
    conversation: UUID,
    *,
    kind: Kind,
    asked: UUID,
    asked_name: str,
    by: Actor,
    note: str = "",
    seconds: int = 30,
) -> Invitation:
    """Asks a colleague; asked the same twice, the first invitation is answered. `by` is the owner or supervises.

    Raises NotPossible when no agent talks with the patient, or when somebody is being asked already.
    """
    talk = await locked(tx, conversation)
    if not rules.agent_may_write(talk.state):
        raise NotPossible(NOT_WITH_YOU, "moved", talk.state)
    if str(talk.agent) != by.id and not by.may(Permission.SUPERVISE):
        raise not_yours(talk.state)
    running = await store.open_invitations(tx, conversation)
    if same := next((one for one in running if one.asked == asked and one.kind == kind), None):
        return same
    await _check_free(tx, talk, kind, asked, asked_name, running)
    now, kept = house.clock.now(), rules.clean_block(note, MOST_NOTE).strip()
    made = Invitation(
        uuid7(), conversation, kind, asked, asked_name, UUID(by.id), by.name, kept, now,
        now + timedelta(seconds=seconds),
    )  # fmt: skip
    await store.insert_invitation(tx, made)
    await _promise_end(house, tx, made)
    body = {"invitation": str(made.id), "conversation": str(conversation), "what": kind, "expires_at": made.expires_at}
    await house.streams.append(tx, f"desk:{asked}", "invitation", body, audience="staff", client_id=made.id)
    await parties.tell(house, tx, talk, "asked", kind, asked_name, by.name, made.note)
    await _recorded(house, tx, by, talk, "conversation.invited", made)
    return made


async def _check_free(
    tx: Transaction, talk: Conversation, kind: str, asked: UUID, name: str, running: list[Invitation]
) -> None:
    if any(one.asked == asked for one in running):
        raise NotPossible(ASKED_ALREADY, "asked", talk.state, name=name)
    if kind == "transfer" and any(one.kind == "transfer" for one in running):
        raise NotPossible(TRANSFER_ASKED, "asked", talk.state)
    role = await store.role_of(tx, talk.id, asked)
    if asked == talk.agent or (role and parties.ROLES.get(kind) == role) or (role == "member" and kind == "consult"):
        raise NotPossible(TAKES_PART, "takes-part", talk.state, name=name)


async def accept(house: House, tx: Transaction, invitation: UUID, actor: Actor) -> Conversation:
    """The colleague takes part, or has the conversation from now on. Accepting twice is accepting once."""
    found, talk = await _held(tx, invitation, actor)
    if found.outcome == "accepted":
        return talk
    if found.outcome is not None:
        raise NotPossible(INVITATION_OVER[found.outcome], f"invitation-{found.outcome}", talk.state)
    await parties.end_invitation(house, tx, found, "accepted")
    await _recorded(house, tx, actor, talk, "conversation.invitation_accepted", found)
    if found.kind != "transfer":
        await parties.come(house, tx, talk, found)
        return talk
    await parties.tell(house, tx, talk, "joined", "transfer", found.asked_name, found.by_name, found.note)
    return await move(
        house, tx, talk.id, State.ACTIVE, expected=talk.state, by=actor, agent=UUID(actor.id), agent_name=actor.name,
        reason="transferred",
    )  # fmt: skip


async def decline(house: House, tx: Transaction, invitation: UUID, actor: Actor) -> None:
    """The colleague says no; whoever asked is told. What is over already stays as it is."""
    found, talk = await _held(tx, invitation, actor)
    if found.outcome is None:
        await parties.end_invitation(house, tx, found, "declined")
        await parties.tell(house, tx, talk, "declined", found.kind, found.asked_name, found.by_name)
        await _recorded(house, tx, actor, talk, "conversation.invitation_declined", found)


async def withdraw(house: House, tx: Transaction, invitation: UUID, actor: Actor) -> None:
    """Whoever asked, the owner, or a supervisor takes the question back. What is over already stays as it is."""
    found, talk = await _held(tx, invitation)
    if actor.id not in (str(found.by), str(talk.agent)) and not actor.may(Permission.SUPERVISE):
        raise NotPossible(NO_INVITATION, "unknown")
    if found.outcome is None:
        await parties.end_invitation(house, tx, found, "withdrawn")
        await parties.tell(house, tx, talk, "withdrawn", found.kind, found.asked_name, actor.name)


@job("conversations.lapse")
async def lapse(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Ends an invitation whose time has come, unless it was answered meanwhile."""
    try:
        found, talk = await _held(tx, UUID(payload["invitation"]))
    except NotPossible:
        return
    if found.outcome is not None:
        return
    if found.expires_at > house.clock.now():  # a worker whose clock is ahead
        await _promise_end(house, tx, found)
        return
    await parties.end_invitation(house, tx, found, "lapsed")
    await parties.tell(house, tx, talk, "lapsed", found.kind, found.asked_name, found.by_name)


async def _promise_end(house: House, tx: Transaction, made: Invitation) -> None:
    key = parties.lapse_key(made.id)
    await house.jobs.enqueue(
        tx, "conversations.lapse", {"invitation": str(made.id)}, run_at=made.expires_at, dedupe_key=key
    )


async def _held(tx: Transaction, invitation: UUID, asked: Actor | None = None) -> tuple[Invitation, Conversation]:
    """An invitation (of this colleague) as it stands while its conversation is held."""
    found = await store.invitation(tx, invitation)
    if found is None or (asked is not None and str(found.asked) != asked.id):
        raise NotPossible(NO_INVITATION, "unknown")
    talk = await locked(tx, found.conversation)
    again = await store.invitation(tx, invitation)
    assert again is not None, "invitations are never removed"
    return again, talk


async def _recorded(
    house: House, tx: Transaction, by: Actor, talk: Conversation, action: str, asked: Invitation
) -> None:
    detail = {"kind": asked.kind, "asked": str(asked.asked)}
    await audit.record(house, tx, by, action, patient=talk.patient_id, entity=str(talk.id), detail=detail)
