"""Writes to a patient that a time they wait for has come free, once, and not after the offer has lapsed."""

from datetime import datetime
from typing import Any

import msgspec

from sportello.administration.actor import SYSTEM
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.jobs import errand
from sportello.outreach import sending
from sportello.outreach.rules import loud_at
from sportello.outreach.store import Message, terms
from sportello.record import reading as record
from sportello.record.access import UnknownPatient
from sportello.scheduling import reading
from sportello.scheduling.events import OfferMade


async def on_offer(house: House, tx: Transaction, event: OfferMade) -> None:
    """Promised with the offer; the address is read afterwards, for the record may be in another system."""
    told = msgspec.to_builtins(event)
    await house.jobs.enqueue(tx, "outreach.offer_letter", told, dedupe_key=f"offer_letter:{event.offer}")


@errand("outreach.offer_letter")
async def offer_letter(house: House, payload: dict[str, Any]) -> None:
    """To the address in the record; without one nothing is sent, and whoever offers must call."""
    event = msgspec.convert(payload, OfferMade)
    await house.db.run(lambda tx: _write(house, tx, event))


async def _write(house: House, tx: Transaction, event: OfferMade) -> None:
    one = await reading.told_of(tx, event.appointment)
    if one is None or event.until <= house.clock.now():
        return
    try:
        header = await record.patient_header(house, tx, SYSTEM, one.patient)
    except UnknownPatient:
        return
    if not header.email or header.deceased:
        return
    wishes, languages = await terms.wishes(tx, one.patient), house.settings.clinic.languages
    language = wishes.language or (header.language if header.language in languages else None) or languages[0]
    details = {
        "starts": event.starts.isoformat(), "practitioner": event.practitioner_name, "place": event.place,
        "link": event.link, "until": event.until.isoformat(), "zone": event.wall, "alone": event.alone,
    }  # fmt: skip
    await sending.post(
        house, tx, Message(
            id=uuid7(), appointment=one.id, patient=one.patient, sequence=one.sequence, kind="offer",
            part=str(event.offer), recipient=header.email, language=language, details=details,
            not_after=event.until, created_at=house.clock.now(),
        ),
    )  # fmt: skip


async def letters_go(house: House, tx: Transaction, at: datetime) -> datetime:
    """When an offer's letter may go: offers always keep the quiet hours."""
    held = await terms.read(tx)
    return loud_at(at, held.quiet_from, held.quiet_until, house.settings.clinic.tz)
