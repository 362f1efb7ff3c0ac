"""Whether the patient gets a mail about a booking, and when: a pending visit is confirmed once it has its link."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.jobs import errand
from sportello.record import reading
from sportello.record.ports import Away
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import AppointmentStatus
from sportello.scheduling.events import ConfirmationWanted
from sportello.scheduling.store import appointments

_LATER = timedelta(minutes=1)


async def confirm(house: House, tx: Transaction, actor: Actor, one: Appointment, email: str, language: str) -> None:
    """Announces the mail, or keeps the wish until the link of a pending visit exists."""
    await audit.record(
        house, tx, actor, "appointment.confirmation", patient=one.patient, entity=f"appointment/{one.id}"
    )
    await appointments.want_confirmation(tx, one.id, f"{language}:{email}")
    waiting = await appointments.read(tx, one.id, lock=True)
    if waiting:
        await announce_if_wanted(house, tx, waiting)


async def confirm_to_patient(house: House, tx: Transaction, actor: Actor, one: Appointment) -> None:
    """The same to the address in the record, if any, in the patient's language or else the clinic's first.

    When the record is away, the address is read later: nobody's booking fails for a letter.
    """
    try:
        await _confirm_to_patient(house, tx, actor, one)
    except Away:
        by = msgspec.to_builtins(actor)  # with the rights that were theirs when they wanted it
        await house.jobs.enqueue(
            tx, "scheduling.confirm_later", {"appointment": str(one.id), "by": by}, dedupe_key=f"confirm:{one.id}",
            run_at=house.clock.now() + _LATER,
        )  # fmt: skip


@errand("scheduling.confirm_later", starts=8)
async def confirm_later(house: House, payload: dict[str, Any]) -> None:
    """Reads the address again; while the record is still away, the job is tried again."""
    known, actor = UUID(payload["appointment"]), msgspec.convert(payload["by"], Actor)

    async def work(tx: Transaction) -> None:
        one = await appointments.read(tx, known)
        if one:
            await _confirm_to_patient(house, tx, actor, one)

    await house.db.run(work)


async def _confirm_to_patient(house: House, tx: Transaction, actor: Actor, one: Appointment) -> None:
    header = await reading.patient_header(house, tx, actor, one.patient)
    if not header.email and actor.kind == "patient" and actor.id != one.patient:  # whoever booked for them is told
        header = await reading.patient_header(house, tx, actor, actor.id)
    if header.email:
        languages = house.settings.clinic.languages
        language = header.language if header.language in languages else languages[0]
        await confirm(house, tx, actor, one, header.email, language)


async def announce_if_wanted(house: House, tx: Transaction, one: Appointment) -> None:
    """Announces a wish that was kept, now that there is something certain to say."""
    if not one.confirm_to or one.status is AppointmentStatus.PENDING:
        return
    language, _, email = one.confirm_to.partition(":")
    await appointments.want_confirmation(tx, one.id, None)
    await house.news.announce(tx, ConfirmationWanted(one.id, one.sequence, _kind(one), email, language))


def _kind(one: Appointment) -> str:
    if one.status is AppointmentStatus.CANCELLED:
        return "cancelled"
    return "moved" if one.sequence else "booked"
