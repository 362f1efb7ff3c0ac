"""Who shares a conversation, as the desk shows it: those who take part, those who are asked, those who could be."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations import reading
from sportello.conversations import store as talks
from sportello.conversations.rules import agent_may_write
from sportello.conversations.store import Conversation
from sportello.desk import views
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.routing import colleagues
from sportello.routing.rules import PRESENCE_NAMES, Presence

ROLES = {"consulted": N_("advises"), "member": N_("writes too")}
ASKING = {
    "consult": N_("asked for advice"), "join": N_("asked to join"), "transfer": N_("asked to take it over"),
}  # fmt: skip
# What the colleague reads: who asks what.
WISHES = {
    "consult": N_("%(by)s asks you for advice"),
    "join": N_("%(by)s asks you to join the conversation"),
    "transfer": N_("%(by)s asks you to take the conversation over"),
}
VOICE = N_("%(wish)s: %(name)s. Alt+A accepts, Alt+R rejects.")


class PartyView(Struct, frozen=True):
    """Somebody beside the owner."""

    staff: str
    name: str
    role_text: str


class AskedView(Struct, frozen=True):
    """Somebody who has not answered yet."""

    id: str
    name: str
    kind_text: str
    expires_at: datetime


class Sharing(Struct, frozen=True):
    """Who shares a conversation; `mine` when the reader may ask, withdraw and remove."""

    parties: Sequence[PartyView]
    asked: Sequence[AskedView]
    mine: bool
    supervises: bool


class Invited(Struct, frozen=True):
    """What this agent is asked, as it rings."""

    id: str
    wish: str
    announcement: str
    name: str
    topic: str
    note: str
    expires_at: datetime
    seconds: int


class Person(Struct, frozen=True):
    """A colleague to choose."""

    id: str
    name: str
    dot: str
    presence_text: str
    places_text: str
    speaks: bool


_DOTS = {Presence.AVAILABLE: "ok", Presence.BUSY: "warn"}
PLACES = N_("%(load)s of %(places)s")


async def sharing(tx: Transaction, actor: Actor, talk: Conversation) -> Sharing:
    """Who takes part in a conversation and who is asked."""
    language = actor.language
    return Sharing(
        [
            PartyView(str(one.staff), one.name, translate(language, ROLES[one.role]))
            for one in await reading.others_in(tx, talk.id)
        ],
        [
            AskedView(str(one.id), one.asked_name, translate(language, ASKING[one.kind]), one.expires_at)
            for one in await reading.asked_in(tx, talk.id)
        ],
        mine=agent_may_write(talk.state) and colleagues.may_share(talk, actor),
        supervises=actor.may(Permission.SUPERVISE) and str(talk.agent) != actor.id,
    )


async def invited(tx: Transaction, actor: Actor) -> list[Invited]:
    """What this agent is asked right now."""
    found = []
    for one in await reading.asked_of(tx, UUID(actor.id)):
        talk = await talks.get(tx, one.conversation)
        assert talk is not None, "an invitation's conversation exists"
        wish = translate(actor.language, WISHES[one.kind], by=one.by_name)
        voice = translate(actor.language, VOICE, wish=wish, name=talk.visitor_name)
        seconds = round((one.expires_at - one.asked_at).total_seconds())
        topic = views.topic_words(talk.topic, actor.language)
        found.append(Invited(str(one.id), wish, voice, talk.visitor_name, topic, one.note, one.expires_at, seconds))
    return found


async def choices(house: House, tx: Transaction, actor: Actor, talk: Conversation) -> dict[str, Any]:
    """Colleagues and queues to choose from."""
    language = actor.language
    people = [
        Person(
            str(one.id), one.name, _DOTS[one.presence], translate(language, PRESENCE_NAMES[one.presence]),
            translate(language, PLACES, load=one.load, places=one.places), one.speaks,
        )
        for one in await colleagues.colleagues(house, tx, talk, actor)
    ]  # fmt: skip
    return {"people": people, "queues": await colleagues.queue_states(house, tx, language)}
