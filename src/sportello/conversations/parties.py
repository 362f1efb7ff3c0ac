"""Those who take part in a conversation beside its owner: how they come, how they leave, how everybody is told.

Staff read each step in the conversation's stream (`party`, with who and why); the patient is told only of those who
write to them. The conversation's row is always held first, so of two who act at once one sees what the other did.
"""

from typing import Literal
from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations.events import PartyChanged
from sportello.conversations.hearing import hearing_of
from sportello.conversations.refusals import not_yours
from sportello.conversations.store import parties
from sportello.conversations.store.parties import Invitation, Party
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7

Kind = Literal["consult", "join", "transfer"]
ROLES = {"consult": "consulted", "join": "member"}
KINDS = {role: kind for kind, role in ROLES.items()}


async def tell(
    house: House, tx: Transaction, talk: Conversation, event: str, kind: str, name: str, by: str = "", note: str = ""
) -> None:
    """A step of the parties in the stream; the patient hears only who begins and ceases to write to them."""
    body = {"event": event, "what": kind, "name": name}
    body |= {key: value for key, value in (("by", by), ("note", note)) if value}
    audience: Literal["all", "staff"] = "all" if kind == "join" and event in ("joined", "left") else "staff"
    await house.streams.append(tx, talk.stream, "party", body, audience=audience, client_id=uuid7())
    tx.after_commit(hearing_of(house).changed)


async def come(house: House, tx: Transaction, talk: Conversation, asked: Invitation) -> None:
    """Whoever accepted to advise or to join takes part from now on."""
    now = house.clock.now()
    role = ROLES[asked.kind]
    for known in await parties.present(tx, talk.id):
        if known.staff == asked.asked:  # advised so far, writes from now on
            await parties.end_party(tx, known.id, "changed", now)
    await parties.insert_party(
        tx, Party(uuid7(), talk.id, asked.asked, asked.asked_name, role, asked.by_name, now)
    )  # fmt: skip
    house.streams.fence(tx, talk.stream)
    await tell(house, tx, talk, "joined", asked.kind, asked.asked_name, asked.by_name)
    await house.news.announce(tx, PartyChanged(talk.id, asked.asked, role, present=True))


async def go(house: House, tx: Transaction, talk: Conversation, party: Party, why: str, by: str = "") -> None:
    """Somebody takes part no longer; their right to read and write ends with the fence."""
    await parties.end_party(tx, party.id, why, house.clock.now())
    house.streams.fence(tx, talk.stream)
    await tell(house, tx, talk, "left" if why == "left" or party.role == "member" else why, KINDS[party.role],
               party.name, by if by != party.name else "")  # fmt: skip
    await house.news.announce(tx, PartyChanged(talk.id, party.staff, party.role, present=False))


async def leave(house: House, tx: Transaction, talk: Conversation, actor: Actor, staff: UUID | None = None) -> None:
    """One's own part ends, or somebody else's: by the owner or a supervisor. Ended already, nothing changes."""
    whom = staff or UUID(actor.id)
    own = str(whom) == actor.id
    if not own and str(talk.agent) != actor.id and not actor.may(Permission.SUPERVISE):
        raise not_yours(talk.state)
    for party in await parties.present(tx, talk.id):
        if party.staff == whom:
            await go(house, tx, talk, party, "left" if own else "removed", actor.name)
            action = "conversation.left" if own else "conversation.party_removed"
            await audit.record(
                house, tx, actor, action, patient=talk.patient_id, entity=str(talk.id), detail={"staff": str(whom)}
            )


async def end_invitation(house: House, tx: Transaction, asked: Invitation, outcome: str) -> None:
    """An invitation is over: its promise to end is taken back, both desks hear of it."""
    await parties.end_invitation(tx, asked.id, outcome, house.clock.now())
    await house.jobs.cancel(tx, lapse_key(asked.id))
    body = {"invitation": str(asked.id), "conversation": str(asked.conversation), "why": outcome}
    await house.streams.append(tx, f"desk:{asked.asked}", "invitation-ended", body, audience="staff")
    if outcome != "withdrawn":
        answer = {"conversation": str(asked.conversation), "what": asked.kind, "why": outcome, "name": asked.asked_name}
        await house.streams.append(tx, f"desk:{asked.by}", "answered", answer, audience="staff")


def lapse_key(invitation: UUID) -> str:
    """Under which the end of an invitation is promised."""
    return f"conversations.invitation:{invitation}"


async def settle(house: House, tx: Transaction, before: Conversation, after: Conversation, *, talking: bool) -> None:
    """After a move that an agent had: whoever owns it now is no party, and what was asked for the former is over.

    When nobody talks with the patient any more (`talking` is false), everybody's part ends.
    """
    for asked in await parties.open_invitations(tx, after.id):
        if not talking or after.agent != before.agent:
            await end_invitation(house, tx, asked, "withdrawn")
    for party in await parties.present(tx, after.id):
        if party.staff == after.agent:
            await parties.end_party(tx, party.id, "owner", house.clock.now())
            await house.news.announce(tx, PartyChanged(after.id, party.staff, party.role, present=False))
        elif not talking:
            await go(house, tx, after, party, "ended")
