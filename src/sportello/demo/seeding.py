"""Makes the invented hospital in an empty database, all or nothing; a later start finds it at once and adds who of the
staff is missing.
"""

import time
from datetime import date, timedelta
from uuid import UUID

import structlog

from sportello.administration import accounts
from sportello.administration.actor import SYSTEM, Actor
from sportello.demo import routing_plan, store
from sportello.demo.cast import PASSWORD, PATIENTS, PRACTITIONERS, STAFF
from sportello.demo.content import articles, scripts
from sportello.demo.hospital import calendar, hospital
from sportello.demo.naming import dice, id_of
from sportello.demo.people import Person, people
from sportello.demo.records import house_bundle, record_bundle
from sportello.demo.replies import write_replies
from sportello.demo.stories import stories
from sportello.fhir.importing import import_bundle
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.knowledge.loading import load_articles
from sportello.portal.signing_in import open_account
from sportello.routing import planning
from sportello.scheduling.booking import Booking, PatientBusy, book
from sportello.scheduling.codes import Channel
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.planning import generate_slots
from sportello.scheduling.prerequisites import NotYet
from sportello.scheduling.searching import times
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.store.slots import Wanted
from sportello.scripts.loading import load_scripts

log = structlog.get_logger("demo")
WEEKS = 8
# Which visit a story leads to.
_VISITS = {
    "cardiology": "cardio-check", "dermatology": "skin-first", "orthopaedics": "ortho-check",
    "gynaecology": "pregnancy", "diabetology": "diabetes-check", "ophthalmology": "eye-first",
}  # fmt: skip


async def seed(house: House) -> bool:
    """Makes everything once, in one transaction; False when it was there. The calendar's horizon moves by itself."""
    if await store.is_made(house.db):
        await house.db.run(lambda tx: _staff(house, tx))
        return False
    began = time.monotonic()
    made = await house.db.run(lambda tx: _make(house, tx))
    log.info("the invented hospital was made", seconds=round(time.monotonic() - began, 1))
    return made


async def _make(house: House, tx: Transaction) -> bool:
    if not await store.claim_making(tx, house.clock.now()):
        return False
    today = house.clock.now().astimezone(house.settings.clinic.tz).date()
    await _staff(house, tx)
    await planning.publish(house, tx, SYSTEM, routing_plan.plan(), based_on=0, note="")
    await load_articles(tx, articles(today), house.clock)
    await load_scripts(tx, scripts())
    await write_replies(house, tx, Actor("staff", id_of("staff", "marta"), "Marta Ricci"))
    await load_calendar(tx, calendar())
    await generate_slots(tx, today, WEEKS)
    await import_bundle(tx, house_bundle(), now=house.clock.now())
    everybody = people()
    for number, person in enumerate(everybody):
        await import_bundle(tx, record_bundle(person, number, today), now=house.clock.now())
    known = {person.key: person for person in everybody}
    for login, code, language in PATIENTS:
        await open_account(house, tx, login, code, known[login].id, language)
    await _appointments(house, tx, everybody, today)
    return True


async def _staff(house: House, tx: Transaction) -> None:
    """Whoever is missing: a hospital made by an earlier version may lack somebody."""
    await accounts.ensure_roles(tx)
    for login, name, role in STAFF:
        if await accounts.staff_of(tx, login):
            continue
        email = hospital().person(PRACTITIONERS[login]).email if login in PRACTITIONERS else f"{login}@sanluca.example"
        await accounts.add_staff(
            house, tx, SYSTEM, login=login, name=name, role=role, password=PASSWORD, email=email,
            staff=UUID(id_of("staff", login)),
        )  # fmt: skip


async def _appointments(house: House, tx: Transaction, everybody: list[Person], today: date) -> None:
    """A visit ahead for whoever sees a specialist; Giulia Ferri's is next week, so that she can wish to move it."""
    for person in everybody:
        chance = dice("appointment", person.key)
        main = person.key == "giulia.ferri"
        specialties = [stories()[key].specialty for key in person.stories if stories()[key].specialty]
        if not specialties or (not main and chance.random() < 0.3):
            continue
        wanted = Wanted(_VISITS[specialties[0]])
        from_day = today + timedelta(days=7 if main else chance.randint(3, 45))
        found = await times(tx, wanted, from_day, "", house.clock.now(), house.settings.clinic.tz)
        slots = [slot for day in found.days for slot in day.slots]
        if not slots:
            continue
        slot = slots[0] if main else chance.choice(slots)
        booking = Booking(
            person.id, slot.id, wanted, Channel.IN_PERSON, "Controllo periodico" if main else "Visita di controllo"
        )
        try:
            await book(house, tx, SYSTEM, booking)
        except (SlotTaken, PatientBusy, NotYet):
            continue
