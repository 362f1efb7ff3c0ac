"""Why routing did what it did, as a note in the conversation that colleagues read and the patient does not."""

from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.kit.ids import uuid7
from sportello.routing.plan.words import Remedy, Trouble

ROUTING = N_("Routing")
SAME_AGENT = {
    "not-there": N_("%(name)s served this patient lately and is not there now: the queue decides."),
    "full": N_("%(name)s served this patient lately and has no place free: the queue decides."),
}
TROUBLES = {
    Trouble.CLOSED: N_("The queue %(queue)s is closed."),
    Trouble.TOO_LONG: N_("In the queue %(queue)s the wait is too long."),
    Trouble.TOO_MANY: N_("Too many wait in the queue %(queue)s."),
    Trouble.NOBODY: N_("Nobody who serves the queue %(queue)s is there."),
}
REMEDIES = {
    Remedy.QUEUE: N_("The conversation goes on to the queue %(queue)s."),
    Remedy.CALLBACK: N_("A callback was offered."),
    Remedy.MESSAGE: N_("The patient was told."),
}


async def note(house: House, tx: Transaction, talk: Conversation, *sentences: tuple[str, dict[str, str]]) -> None:
    """Keeps sentences in the clinic's first language: they stay in the stream, whoever reads them."""
    language = house.settings.clinic.languages[0]
    text = " ".join(translate(language, message, **values) for message, values in sentences)
    body = {"text": text, "name": translate(language, ROUTING)}
    await house.streams.append(tx, talk.stream, "note", body, sender="system", audience="staff", client_id=uuid7())
