"""Named actions that a script's step runs for the agent; each answers what the desk should do next.

A macro acts with the agent's own rights: what the agent may not do, their macro does not do either.
"""

from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations import ending
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_uuid
from sportello.scripts.intents import Intent, OpenTab
from sportello.scripts.sending import send_article

Run = Callable[[House, Transaction, Actor, Conversation, Mapping[str, str]], Awaitable[Intent]]
NO_PATIENT = N_("First link the conversation to a patient.")
FORBIDDEN = N_("Your role does not allow this.")


class Macro(Struct, frozen=True):
    """A registered action: `needs` are arguments that a step must give it."""

    name: str
    title: str
    permission: Permission
    run: Run
    needs: frozenset[str] = frozenset()


REGISTRY: dict[str, Macro] = {}


def macro(name: str, title: str, permission: Permission, *needs: str) -> Callable[[Run], Run]:
    """Registers `async f(house, tx, actor, talk, arguments) -> Intent` under a name that scripts can use."""

    def register(run: Run) -> Run:
        REGISTRY[name] = Macro(name, title, permission, run, frozenset(needs))
        return run

    return register


async def run_macro(
    house: House, tx: Transaction, actor: Actor, talk: Conversation, name: str, arguments: Mapping[str, str]
) -> Intent:
    """Runs a macro with the agent's rights; an unknown or forbidden one fails in words.

    `arguments` are the step's, with `once`, which names the pressing of the button.
    """
    found = REGISTRY.get(name)
    if found is None:
        return Intent(failed=N_("This macro does not exist any more."))
    if not actor.may(found.permission):
        return Intent(failed=FORBIDDEN)
    return await found.run(house, tx, actor, talk, arguments)


@macro("schedule_appointment", N_("Schedule appointment"), Permission.APPOINTMENT_BOOK)
async def schedule_appointment(
    house: House, tx: Transaction, actor: Actor, talk: Conversation, arguments: Mapping[str, str]
) -> Intent:
    """The scheduling wizard in a tab, with the patient filled in."""
    if not talk.patient_id:
        return Intent(failed=NO_PATIENT)
    address = f"/desk/scheduling/wizard?patient={talk.patient_id}&conversation={talk.id}"
    return Intent(OpenTab(address, "wizard"), said=N_("The scheduling wizard is open in its own tab."))


@macro("reschedule_appointment", N_("Move an appointment"), Permission.APPOINTMENT_BOOK)
async def reschedule_appointment(
    house: House, tx: Transaction, actor: Actor, talk: Conversation, arguments: Mapping[str, str]
) -> Intent:
    """The patient's appointments in a tab: the one to move is chosen there."""
    if not talk.patient_id:
        return Intent(failed=NO_PATIENT)
    address = f"/desk/scheduling/appointments?patient={talk.patient_id}"
    return Intent(OpenTab(address, "appointments"), said=N_("The patient's appointments are open in their own tab."))


@macro("open_patient_timeline", N_("Open the clinical timeline"), Permission.PATIENT_READ)
async def open_patient_timeline(
    house: House, tx: Transaction, actor: Actor, talk: Conversation, arguments: Mapping[str, str]
) -> Intent:
    """The patient's view in a tab."""
    if not talk.patient_id:
        return Intent(failed=NO_PATIENT)
    return Intent(OpenTab(f"/desk/patient/{talk.patient_id}", "patient"), said=N_("The patient is open in a tab."))


@macro("send_article", N_("Send an article"), Permission.KNOWLEDGE_SEND)
async def send(house: House, tx: Transaction, actor: Actor, talk: Conversation, arguments: Mapping[str, str]) -> Intent:
    """Sends the named article; without a name the articles open in a tab, to choose from."""
    if slug := arguments.get("article"):
        await send_article(house, tx, actor, talk.id, slug, once=as_uuid(arguments.get("once", "")))
        return Intent(said=N_("The article was sent."))
    address = f"/desk/knowledge?conversation={talk.id}&language={talk.language}"
    return Intent(OpenTab(address, "knowledge"), said=N_("The articles are open in their own tab."))


@macro("end_conversation", N_("End the conversation"), Permission.TAKE_CONVERSATION)
async def end_conversation(
    house: House, tx: Transaction, actor: Actor, talk: Conversation, arguments: Mapping[str, str]
) -> Intent:
    """Ends it; the wrap-up note follows."""
    await ending.end(house, tx, talk.id, actor)
    return Intent(said=N_("The conversation has ended. Write the wrap-up note."))
