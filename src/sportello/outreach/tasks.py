"""What no machine can settle comes to a person: mail that came back or was refused, links that cannot be made, patients
who perhaps did not come."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import uuid7
from sportello.kit.jobs import job
from sportello.outreach.store import tasks as store
from sportello.outreach.store.tasks import Task
from sportello.scheduling import reading
from sportello.scheduling.events import (
    AppointmentAttended,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMoved,
    MeetingLinkFailed,
)

KINDS = {
    "refused": N_("The e-mail was not accepted"),
    "returned": N_("The e-mail came back"),
    "link": N_("The meeting link could not be made"),
    "no_show": N_("Did the patient come?"),
}
_MAIL = ("refused", "returned")
_SOON = timedelta(days=2)  # a visit ended longer ago has been looked for
_KEY = "outreach.day_end"


async def wanted(
    house: House, tx: Transaction, kind: str, appointment: UUID, patient: str, message: UUID | None
) -> None:
    """A person must see to it."""
    await store.add(tx, Task(uuid7(), kind, appointment, patient, message, house.clock.now()))


async def settled(house: House, tx: Transaction, appointment: UUID) -> None:
    """A later mail about it went out."""
    await store.done(tx, "system", house.clock.now(), appointment=appointment, kinds=_MAIL)


async def done(house: House, tx: Transaction, actor: Actor, task: UUID) -> list[Task]:
    """Somebody saw to it."""
    return await store.done(tx, f"{actor.kind}:{actor.id}", house.clock.now(), task=task)


async def on_link_failed(house: House, tx: Transaction, event: MeetingLinkFailed) -> None:
    """The visit stays pending until somebody has looked."""
    await wanted(house, tx, "link", event.appointment, event.patient, None)


async def on_change(
    house: House,
    tx: Transaction,
    event: AppointmentBooked | AppointmentCancelled | AppointmentAttended | AppointmentMoved,
) -> None:
    """What the change itself settles."""
    kinds: tuple[str, ...] = ("link",)
    if isinstance(event, AppointmentCancelled):
        kinds = tuple(KINDS)
    elif isinstance(event, AppointmentAttended):
        kinds = ("link", "no_show")
    await store.done(tx, "system", house.clock.now(), appointment=event.appointment, kinds=kinds)


async def begin(house: House) -> None:
    """Promises the look at the end of the day."""
    async with house.db.transaction() as tx:
        await house.jobs.enqueue(tx, "outreach.day_end", {}, run_at=_evening(house), dedupe_key=_KEY)


@job("outreach.day_end")
async def day_end(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Visits whose time is over and whose patient nobody has seen: a person says whether they came."""
    now = house.clock.now()
    for one in await reading.unattended(tx, now - _SOON, now):
        await wanted(house, tx, "no_show", one.id, one.patient, None)
    await house.jobs.enqueue(tx, "outreach.day_end", {}, run_at=_evening(house), dedupe_key=_KEY)


def _evening(house: House) -> datetime:
    """Eight in the evening at the clinic, today or tomorrow."""
    now = house.clock.now().astimezone(house.settings.clinic.tz)
    evening = now.replace(hour=20, minute=0, second=0, microsecond=0, fold=0)
    return evening if evening > now else evening + timedelta(days=1)
