"""A colleague's name after an @ in a note calls them: their desk says so until they look, and they may read the
conversation from then on. Only notes call; in words for the patient an @ is an @.
"""

from collections.abc import Iterable
from uuid import UUID

from sportello.administration import audit
from sportello.administration import store as staff_store
from sportello.administration.actor import Actor
from sportello.conversations.store import mentions
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House

MOST = 10  # people called by one note


def called(text: str, people: Iterable[tuple[UUID, str]]) -> list[UUID]:
    """Whose names stand after an @, longest names first, so that Anna Rossi is not called by Anna Rossini's name."""
    found = []
    folded = text.casefold()
    for staff, name in sorted(people, key=lambda one: -len(one[1])):
        sign = f"@{name.casefold()}"
        if sign in folded:
            folded = folded.replace(sign, "")
            found.append(staff)
    return found[:MOST]


async def tell(house: House, tx: Transaction, talk: Conversation, by: Actor, text: str, message: UUID) -> None:
    """Tells everybody whom a note calls; once for each note."""
    if "@" not in text:
        return
    people = [(row["id"], row["name"]) for row in await staff_store.all_staff(tx) if row["active"]]
    for staff in called(text, people):
        if str(staff) == by.id or not await mentions.add(tx, message, staff, talk.id, by.name, house.clock.now()):
            continue
        told = {"conversation": str(talk.id), "by": by.name, "name": talk.visitor_name}
        await house.streams.append(tx, f"desk:{staff}", "mention", told, audience="staff")
        await audit.record(
            house, tx, by, "conversation.mentioned", patient=talk.patient_id, entity=str(talk.id),
            detail={"staff": str(staff)},
        )  # fmt: skip
