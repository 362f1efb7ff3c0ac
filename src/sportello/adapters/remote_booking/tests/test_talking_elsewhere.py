"""The bot books, moves and cancels while another system keeps the calendars."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec.structs import replace

from sportello.adapters.remote_booking.calendars import InOurIds
from sportello.adapters.remote_booking.choosing import booking_of
from sportello.adapters.remote_booking.terms import Terms
from sportello.adapters.remote_booking.tests.conftest import Store
from sportello.adapters.remote_booking.tests.test_other_ways import small
from sportello.bots.tests.chatting import chat
from sportello.bots.tests.conftest import clinic, rooms, still
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.scheduling import elsewhere
from sportello.scheduling.booking_port import Booking, Calendars
from sportello.scheduling.loading import load_calendar

__all__ = ["clinic", "rooms", "still"]  # fixtures


class Fake:
    """A store as the system that keeps the calendars, without an adapter's settings."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @asynccontextmanager
    async def asking(self, house: House) -> AsyncIterator[Booking]:
        terms = replace(Terms(), codes="Practitioner/irene = bianchi\nLocation/sede = nord")
        yield InOurIds(await booking_of(self.store.wire()), terms)

    async def wired(self, house: House, tx: Transaction) -> bool:
        return True

    async def writes(self, house: House, tx: Transaction) -> bool:
        return False


def stands(store: Store) -> list[tuple[str, str]]:
    found = [one for name, one in store.kept.items() if name.startswith("Appointment/")]
    return [(one["status"], one["slot"][0]["reference"]) for one in found]


async def test_the_bot_books_moves_and_cancels_there(clinic: House) -> None:
    store = Store()
    clinic.ports[Calendars] = Fake(store)
    async with clinic.db.transaction() as tx:
        await load_calendar(tx, small())
        await tx.execute("update scheduling.service set notice_hours = 0, notice_days = 0")
        await elsewhere.turn(clinic, tx, on=True)
    talk = await chat(clinic)
    await talk.say("vorrei prenotare un elettrocardiogramma")
    if choice := next((text for text in talk.buttons if "Elettrocardiogramma" in text), ""):
        await talk.say(choice)
    assert "Bianchi" in " ".join([talk.text, *talk.buttons]), talk.text
    await talk.say("1")
    await talk.say("Controllo")
    await talk.say("Sì, prenotare")
    assert "Prenotato: mar 24 nov, 09:00" in talk.text
    assert stands(store) == [("booked", "Slot/s1")]
    await talk.say("vorrei spostare la mia visita")
    await talk.say("1")
    await talk.say("1")
    assert "la visita è spostata" in await talk.say("Sì, spostare")
    assert stands(store) == [("booked", "Slot/s2")]
    await talk.say("vorrei disdire la visita")
    await talk.say("1")
    assert "è disdetta" in await talk.say("Sì, disdire")
    assert stands(store) == [("cancelled", "Slot/s2")]
    states = await clinic.db.fetch("select what, state from scheduling.elsewhere_order order by at")
    assert [tuple(row) for row in states] == [("book", "kept"), ("move", "kept"), ("cancel", "kept")]
