"""Legal holds: while one lasts nothing of its patient, or conversation, is erased, whoever asked and approved."""

from datetime import date
from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.privacy import store
from sportello.administration.privacy.holdings import Subject
from sportello.administration.privacy.store import Hold
from sportello.kit.database import Transaction
from sportello.kit.house import House


async def place(
    house: House, tx: Transaction, by: Actor, hold: UUID, *, patient: str | None, conversation: UUID | None,
    reason: str, until: date | None,
) -> None:  # fmt: skip
    """In force from its commit on: an erasure under way stops before its next part. Placed twice it is one."""
    await store.take_turn(tx)
    if await store.add_hold(tx, hold, patient, conversation, reason, by.name, house.clock.now(), until):
        entity = str(conversation) if conversation else None
        await audit.record(house, tx, by, "privacy.held", patient=patient, entity=entity, detail={"hold": str(hold)})


async def lift(house: House, tx: Transaction, by: Actor, hold: UUID) -> None:
    """Lifted twice it is lifted once."""
    if row := await store.lift_hold(tx, hold, by.name, house.clock.now()):
        entity = str(row["conversation"]) if row["conversation"] else None
        await audit.record(
            house, tx, by, "privacy.hold_lifted", patient=row["patient"], entity=entity, detail={"hold": str(hold)}
        )


async def in_force(house: House, tx: Transaction) -> tuple[list[str], list[UUID]]:
    """The patients and the conversations of which nothing goes now; nobody can place another until the end."""
    await store.take_turn(tx)
    found = await store.holds_in_force(tx, house.clock.now().astimezone(house.settings.clinic.tz).date())
    return [one.patient for one in found if one.patient], [one.conversation for one in found if one.conversation]


async def on(house: House, tx: Transaction, subject: Subject) -> list[Hold]:
    """What forbids to erase now; nobody can place another until the transaction ends."""
    await store.take_turn(tx)
    today = house.clock.now().astimezone(house.settings.clinic.tz).date()
    return await store.holds_on(tx, subject.keys("patient"), list(subject.conversations), today)
