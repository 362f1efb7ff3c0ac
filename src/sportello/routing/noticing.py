"""How an agent is told of incoming work: the workstream's notice, filled in; work that needs no answer; own choices."""

from uuid import UUID

from msgspec import Struct

from sportello.administration import store as administration
from sportello.administration.actor import Actor
from sportello.conversations.store import Conversation, get
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.routing import planning
from sportello.routing.accepting import accept
from sportello.routing.events import OfferMade
from sportello.routing.plan.parts import Notice, Plan
from sportello.routing.store import choices
from sportello.routing.store.choices import Choice
from sportello.routing.store.offers import Reader

SOUNDS = {"bell": N_("Bell"), "chime": N_("Chime"), "knock": N_("Knock"), "none": N_("No sound")}


class Told(Struct, frozen=True):
    """A notice as an agent reads it."""

    title: str
    text: str
    sound: str
    desktop: str
    may_reject: bool


def told(notice: Notice, language: str, facts: dict[str, str]) -> Told:
    """The notice in a language with its placeholders filled in; what is not known leaves no comma behind."""
    return Told(
        _filled(notice.title.said(language), facts), _filled(notice.text.said(language), facts), notice.sound,
        notice.desktop, notice.may_reject,
    )  # fmt: skip


def _filled(text: str, facts: dict[str, str]) -> str:
    parts = []
    for part in text.split(","):
        filled = part
        for name, value in facts.items():
            filled = filled.replace(f"{{{name}}}", value)
        if filled.strip() or not part.strip():
            parts.append(filled)
    return ",".join(parts).strip(" ,")


async def notice_of(house: House, reader: Reader, channel: str) -> Notice:
    """The notice in force for a channel's work."""
    plan: Plan = await planning.current(house, reader)
    return plan.workstream(channel).notice


async def accept_by_itself(house: House, tx: Transaction, event: OfferMade) -> None:
    """Where the workstream says so, what is offered is the agent's at once: nobody has to press a button."""
    if not event.by_itself:
        return
    talk = await get(tx, event.conversation)
    assert talk is not None, "an offer's conversation exists"
    row = await administration.staff_by_id(tx, event.agent)
    if row is None:
        return
    rights = await administration.permissions_of(tx, row["role"])
    agent = Actor("staff", str(event.agent), row["name"], row["language"], row["role"], frozenset(rights))
    await accept(house, tx, event.offer, agent)
    await tell_given(house, tx, talk, event.agent)


async def tell_given(house: House, tx: Transaction, talk: Conversation, agent: UUID) -> None:
    """Tells an agent of work that came without a question."""
    body = {"conversation": str(talk.id), "name": talk.visitor_name}
    await house.streams.append(tx, f"desk:{agent}", "given", body, audience="staff")


async def tell_taken(house: House, tx: Transaction, talk: Conversation, by: Actor, how: str) -> None:
    """Tells whoever had a conversation that a supervisor took it away, and `how`: to-other, to-queue, closed."""
    if talk.agent is not None and str(talk.agent) != by.id:
        body = {"conversation": str(talk.id), "name": talk.visitor_name, "by": by.name}
        await house.streams.append(tx, f"desk:{talk.agent}", f"taken-{how}", body, audience="staff")


async def choice_of(reader: Reader, staff: UUID) -> Choice:
    """How an agent wants to be told; the usual when they never chose."""
    return await choices.read(reader, staff)


async def choose(tx: Transaction, staff: UUID, choice: Choice) -> None:
    """Keeps how an agent wants to be told."""
    await choices.put(tx, staff, choice)
