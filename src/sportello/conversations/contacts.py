"""A patient's conversations as contacts of the record; the way in only for those who may read them."""

from datetime import datetime

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.conversations import reading
from sportello.conversations.states import State
from sportello.conversations.store import lists
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.record.contacts import Contact

TITLES = {"chat": N_("Conversation"), "callback": N_("Wish to be called back")}
OPEN, CLOSED, WITH = N_("Still open"), N_("Closed"), N_("with %(name)s")
CALL = N_("Call")


async def contacts(
    house: House, tx: Transaction, actor: Actor, patient: str, before: datetime | None, limit: int
) -> list[Contact]:
    """Newest first; which ones are listed is on record."""
    await audit.record(house, tx, actor, "patient.read", patient=patient, entity="contacts", detail={"of": "talks"})
    found = []
    for one in await lists.of_patient(tx, patient, limit, before):
        may = await reading.may_look(tx, one, actor)
        parts = [one.topic, translate(actor.language, WITH, name=one.agent_name) if one.agent_name else ""]
        state = translate(actor.language, CLOSED if one.state is State.CLOSED else OPEN)
        voice = one.channel in ("voice", "call")
        title = translate(actor.language, CALL if voice else TITLES.get(one.channel, TITLES["chat"]))
        url = f"/desk/conversations/{one.id}" if may else ""
        kind = "calls" if voice else "conversations"
        found.append(
            Contact(one.created_at, kind, title, " · ".join(filter(None, parts)), state, url, one.visitor_name)
        )
    return found
