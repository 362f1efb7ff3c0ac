"""Articles that were sent to a patient, as contacts of the record."""

from datetime import datetime

from sportello.administration.actor import Actor
from sportello.conversations.store import lists
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.knowledge import reading
from sportello.record.contacts import Contact
from sportello.scripts import store

SENT = N_("Article sent: %(title)s")
_MOST = 500


async def contacts(
    house: House, tx: Transaction, actor: Actor, patient: str, before: datetime | None, limit: int
) -> list[Contact]:
    """In whichever of the patient's conversations they were sent."""
    talks = [one.id for one in await lists.of_patient(tx, patient, _MOST)]
    rows = [(tuple(row)[:3], row["at"]) for row in await store.sent_in(tx, talks, before, limit)]
    titles = await reading.titles(tx, [version for version, _ in rows])
    return [
        Contact(at, "messages", translate(actor.language, SENT, title=titles.get(version, "?"))) for version, at in rows
    ]
