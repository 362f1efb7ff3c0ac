"""A patient books, moves and cancels their own visit over HTTP, and nobody else's; the rules are those of the desk."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from sportello.app import furnish
from sportello.fhir import store as fhir
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.kit.settings import Settings
from sportello.portal import signing_in
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.planning import generate_slots
from sportello.scheduling.tests.conftest import GIULIA, san_luca

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
async def house(settings: Settings, rooms: tuple[str, ...], clock: FixedClock) -> AsyncIterator[House]:
    """San Luca with Giulia, Marco, and a clock that stands still."""
    house = furnish(settings, rooms, clock)
    await house.db.open()
    await house.streams.start(house)
    await house.jobs.start(house)
    await house.jobs.stop()
    async with house.db.transaction() as tx:
        await load_calendar(tx, san_luca())
        await generate_slots(tx, date(2026, 11, 23), 2)
        for resource in GIULIA:
            await fhir.put(tx, resource)
        await signing_in.open_account(house, tx, "giulia.ferri", "246810", "giulia")
        await signing_in.open_account(house, tx, "marco.riva", "135790", "marco")
    yield house
    await house.tasks.stop()
    await house.streams.stop()
    await house.db.close()


class Phone:
    """A patient's browser without scripts: it sends forms and follows redirects."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page = ""

    async def get(self, url: str) -> httpx.Response:
        answer = await self.client.get(url, follow_redirects=True)
        self.page = answer.text
        return answer

    async def send(self, url: str, **form: Any) -> httpx.Response:
        found = re.search(r'name="csrf" value="([^"]+)"', self.page)
        token = {"csrf": found[1]} if found else {}  # nobody signed in has none
        answer = await self.client.post(url, data=token | form, follow_redirects=True)
        self.page = answer.text
        return answer

    async def enter(self, login: str, code: str) -> None:
        await self.get("/portal/sign-in")
        await self.send("/portal/sign-in", login=login, code=code)
        await self.get("/portal")

    @property
    def form(self) -> str:
        """Where the wizard's step is sent."""
        found = re.search(r'class="scheduling-step" method="post" action="([^"]+)"', self.page)
        assert found, self.page[:2000]
        return found[1]


@pytest.fixture
async def giulia(client: httpx.AsyncClient) -> Phone:
    phone = Phone(client)
    await phone.enter("giulia.ferri", "246810")
    return phone


async def book(phone: Phone, wall: str = "09:30") -> None:
    await phone.send("/portal/wizard")
    await phone.send(phone.form, who="practitioner:bassi", action="next")
    await phone.send(phone.form, type="heart-check|in_person", action="next")
    await phone.send(phone.form, place="any", action="next")
    await phone.send(phone.form, day="2026-11-27", action="search")
    slot = re.search(rf'name="slot" value="(\d+)"><span class="number">{wall}', phone.page)
    assert slot, phone.page[-3000:]
    await phone.send(phone.form, slot=slot[1])
    await phone.send(phone.form, action="next")
    await phone.send(phone.form, reason="Controllo annuale", brings="yes", action="next")
    assert "Scriva il numero della Sua impegnativa" in phone.page
    words = {"reason": "Controllo annuale", "priority": "B", "referred_on": "2026-11-20"}
    await phone.send(phone.form, referral="080a0 1234567890", action="next", **words)
    assert "Entro il limite" in phone.page
    await phone.send(phone.form, action="schedule")
    await phone.send(phone.form, mail="yes", action="done")


async def visit(house: House) -> Any:
    return await house.db.fetchrow("select * from scheduling.appointment order by created_at desc limit 1")


async def test_a_patient_books_moves_and_cancels(house: House, giulia: Phone) -> None:
    await book(giulia)
    one = await visit(house)
    assert (one["patient"], one["status"], one["created_by"]) == ("giulia", "booked", "patient:giulia")
    assert (one["referral"], one["priority"], one["referred_on"]) == ("080A01234567890", "B", date(2026, 11, 20))
    assert "conferma" in giulia.page  # it is on its way
    await giulia.get("/portal")
    assert f"/portal/appointments/{one['id']}/cancellation" in giulia.page
    await giulia.send("/portal/wizard", appointment=str(one["id"]))
    await giulia.send(giulia.form, day="2026-11-30", action="search")
    slot = re.search(r'name="slot" value="(\d+)"><span class="number">11:00', giulia.page)
    assert slot
    await giulia.send(giulia.form, slot=slot[1])
    for action in ("next", "next", "schedule"):
        await giulia.send(giulia.form, action=action)
    moved = await visit(house)
    assert (moved["id"], moved["sequence"], moved["slot"]) == (one["id"], 1, int(slot[1]))
    await giulia.get(f"/portal/appointments/{one['id']}/cancellation")
    await giulia.send(f"/portal/appointments/{one['id']}/cancellation")
    assert "La Sua visita è annullata." in giulia.page
    ended = await visit(house)
    assert (ended["status"], ended["cancel_reason"], ended["late"]) == ("cancelled", "pat", False)


async def test_near_its_time_a_visit_is_changed_by_staff_only(house: House, giulia: Phone) -> None:
    await book(giulia)
    one = await visit(house)
    await house.db.execute("update scheduling.service set notice_hours = 720")
    assert "ci chiami o ci scriva" in (await giulia.get("/portal")).text
    answer = await giulia.get(f"/portal/appointments/{one['id']}/cancellation")
    assert answer.status_code == 409
    await giulia.get("/portal")
    assert (await giulia.send(f"/portal/appointments/{one['id']}/cancellation")).status_code == 409
    await giulia.get("/portal")
    assert (await giulia.send("/portal/wizard", appointment=str(one["id"]))).status_code == 409
    assert (await visit(house))["status"] == "booked"


async def test_what_is_not_open_to_patients_is_not_offered(house: House, giulia: Phone) -> None:
    await house.db.execute("update scheduling.service set self_booking = false where id = 'heart-check'")
    await giulia.send("/portal/wizard")
    await giulia.send(giulia.form, who="practitioner:bassi", action="next")
    assert "heart-check" not in giulia.page
    answer = await giulia.send(giulia.form, type="heart-check|in_person", action="next")
    assert answer.status_code == 422


async def test_nobody_touches_what_is_somebody_elses(house: House, giulia: Phone, client: httpx.AsyncClient) -> None:
    await book(giulia)
    one = await visit(house)
    (draft,) = [row["id"] for row in await house.db.fetch("select id from scheduling.wizard")]
    client.cookies.clear()
    marco = Phone(client)
    await marco.enter("marco.riva", "135790")
    for url in (f"/portal/wizard/{draft}", f"/portal/appointments/{one['id']}/cancellation", "/portal/wizard/none"):
        assert (await marco.get(url)).status_code == 404
    await marco.get("/portal")
    for url in (
        f"/portal/appointments/{one['id']}/cancellation",
        f"/portal/wizard/{draft}/confirm",
        f"/portal/wizard/{draft}/leave",
    ):
        assert (await marco.send(url)).status_code == 404
        await marco.get("/portal")
    assert (await marco.send("/portal/wizard", appointment=str(one["id"]))).status_code == 404
    assert (await visit(house))["status"] == "booked"
    client.cookies.clear()
    assert (await client.get(f"/portal/wizard/{draft}")).status_code in (303, 401)
