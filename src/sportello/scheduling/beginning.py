"""Begins a booking or a move, or goes on with the unfinished one of the same purpose."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from sportello.administration.actor import Actor
from sportello.fhir.r4 import ID
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.record import reading
from sportello.scheduling.codes import AppointmentStatus
from sportello.scheduling.drafts import RESCHEDULE, SCHEDULE, About, Answers, Wizard
from sportello.scheduling.moving import CannotMove, wanted_for
from sportello.scheduling.rules import NOT_MOVABLE
from sportello.scheduling.store import appointments, slots, wizards
from sportello.scheduling.store.slots import Slot

STILL_SHOWN = timedelta(minutes=15)
GONE_ON_WITH = timedelta(hours=12)  # a draft of yesterday is not what today's patient means


async def begin(
    house: House,
    tx: Transaction,
    actor: Actor,
    patient: str,
    conversation: UUID | None = None,
    appointment: UUID | None = None,
    *,
    again: bool = False,
    near: int = 0,
    over: bool = False,
    earlier: bool = False,
    practitioner: str = "",
) -> Wizard:
    """A new draft, or the unfinished one of the same purpose; with `appointment` a move, refused by CannotMove.

    `practitioner` is whom the patient wants: the draft begins with them chosen.
    `near` is a slot somebody pointed at: the draft begins with its practitioner, place and day; with `over` it is
    one that is taken, and the patient is to be put in between. An unfinished draft that means another practitioner
    or slot is left as it is, to be gone on with later.
    `earlier`: the patient wants another time of a visit than there is now, and the waiting list is at hand.
    `again` also finds one that was finished a moment ago: a reload of its page shows its end, not a new beginning.
    """
    now = house.clock.now()
    if appointment:
        one = await appointments.read(tx, appointment)
        if one is None or one.patient != patient:
            raise CannotMove(NOT_MOVABLE)
        wanted_for(one)
    known = await wizards.latest(
        tx, patient, actor.id, conversation, appointment, open_since=now - GONE_ON_WITH,
        ended_since=now - STILL_SHOWN if again else now,
    )  # fmt: skip
    if known and not appointment and known.appointment:
        booked = await appointments.read(tx, known.appointment)
        # Its end says what was booked: nobody is to read there that a visit is planned which was cancelled since.
        known = known if booked and booked.status is not AppointmentStatus.CANCELLED else None
    pointed = next(iter(await slots.whole(tx, [near])), None) if near else None
    if known and not appointment and (pointed or practitioner):
        known = await _as_meant(tx, known, pointed, practitioner, now, over=over)
    if known:
        if earlier and known.state == "open":
            known = replace(known, step="time", answers=replace(known.answers, waits="open"))
            await wizards.save(tx, known, now)
        return known
    header = await reading.patient_header(house, tx, actor, patient)
    languages = house.settings.clinic.languages
    latitude, longitude = header.position or (None, None)
    about = About(
        name=header.name,
        language=header.language if header.language in languages else languages[0],
        born=header.birth_date.isoformat() if header.birth_date else "",
        postal_code=header.postal_code or "",
        latitude=latitude,
        longitude=longitude,
        town=header.town or "",
        delegate=actor.id if actor.kind == "patient" and actor.id != patient else "",
    )
    made = Wizard(
        id=uuid7(),
        mode="reschedule" if appointment else "schedule",
        state="open",
        patient=patient,
        about=about,
        conversation=conversation,
        staff=actor.id,
        step=(RESCHEDULE if appointment else SCHEDULE)[0],
        answers=_beginning(about, pointed, practitioner, over=over),
        appointment=appointment,
    )
    if earlier:
        made = replace(made, answers=replace(made.answers, waits="open"))
    await wizards.add(tx, made, now)
    return made


async def _as_meant(
    tx: Transaction, known: Wizard, pointed: Slot | None, practitioner: str, now: datetime, *, over: bool
) -> Wizard | None:
    """The known draft when it means the same, or nothing yet that could be lost; else None."""
    wanted = _beginning(known.about, pointed, practitioner, over=over)
    same = known.answers.who == wanted.who and (
        not pointed or (known.answers.place, known.answers.day) == (wanted.place, wanted.day)
    )
    if same and (known.state == "open" or not pointed):
        return known
    if known.state != "open" or known.step not in ("who", "type", "place"):
        return None
    changed = replace(known, step="who", answers=wanted)
    await wizards.save(tx, changed, now)
    return changed


def _beginning(about: About, pointed: Slot | None, practitioner: str, *, over: bool) -> Answers:
    if pointed is None:
        who = f"practitioner:{practitioner}" if ID.fullmatch(practitioner) else ""
        return Answers(who=who, postal_code=about.postal_code)
    return Answers(
        who=f"practitioner:{pointed.practitioner}", postal_code=about.postal_code, place=pointed.location,
        day=pointed.starts.astimezone(ZoneInfo(pointed.wall)).date().isoformat(), between="yes" if over else "",
    )  # fmt: skip
