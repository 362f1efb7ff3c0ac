"""A patient's place on the waiting list at the portal, and behind an offer's link: theirs alone, and answered once."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.administration.testing import staff_member
from sportello.kit.clock import FixedClock
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.portal.tests.test_own_visits import Phone, clock, giulia, house
from sportello.scheduling import delegates
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.events import OfferMade
from sportello.scheduling.store.openings import Offer
from sportello.scheduling.tests.conftest import slot_at, status_of
from sportello.scheduling.tests.test_booking import booked
from sportello.scheduling.tests.test_waiting import freed, offered, state_of, waits

__all__ = ["clock", "giulia", "house"]  # fixtures


@pytest.fixture
async def elena(house: House) -> Actor:
    return await staff_member(house, "agent")


@pytest.fixture
async def late(house: House, elena: Actor) -> Appointment:
    """Giulia's visit on Friday."""
    return await booked(house, elena, await slot_at(house, "2026-11-27 10:00"))


@pytest.fixture
def links(house: House) -> list[str]:
    """The addresses that letters were told of, without the server."""
    told: list[str] = []

    async def hear(house: House, tx: Transaction, event: OfferMade) -> None:
        told.append("/offer/" + event.link.partition("/offer/")[2])

    house.news.subscribe(OfferMade, hear)
    return told


async def offer_to(house: House, elena: Actor) -> tuple[UUID, int, Offer]:
    """A new visit that Giulia waits for is offered to her."""
    one, slot = await waits(house, elena), await freed(house, elena, "2026-11-25 10:30")
    return one.id, slot, await offered(house, elena, one, slot)


async def entry(house: House) -> str:
    return str(await house.db.fetchval("select id from scheduling.waiting order by created_at desc limit 1"))


async def state(house: House, known: object) -> str:
    return str(await house.db.fetchval("select state from scheduling.waiting where id = $1", UUID(str(known))))


async def test_come_earlier_stands_there_once_and_is_taken_back(house: House, late: Appointment, giulia: Phone) -> None:
    await giulia.get("/portal")
    await giulia.send("/portal/waiting", appointment=str(late.id))
    known = await entry(house)
    assert f"/portal/waiting/{known}/withdrawal" in giulia.page
    assert (await giulia.send("/portal/waiting", appointment=str(late.id))).status_code == 409
    await giulia.get("/portal")
    for _ in range(2):  # twice is the same as once
        assert (await giulia.send(f"/portal/waiting/{known}/withdrawal")).status_code == 200
    assert await state(house, known) == "withdrawn"
    assert "Lista d'attesa" not in giulia.page
    who = "select array_agg(distinct actor) from administration.audit_event where action like 'waiting.%'"
    assert await house.db.fetchval(who) == ["giulia"]


async def test_only_what_is_ones_own(house: House, late: Appointment, elena: Actor, client: httpx.AsyncClient) -> None:
    known, _, made = await offer_to(house, elena)
    marco = Phone(client)
    await marco.enter("marco.riva", "135790")
    urls = [f"/portal/waiting/{known}/withdrawal", f"/portal/offers/{made.id}/yes", f"/portal/offers/{made.id}/no"]
    for url in (*urls, f"/portal/waiting/{uuid7()}/withdrawal", f"/portal/offers/{uuid7()}/yes", "/portal/offers/x/no"):
        await marco.get("/portal")
        assert (await marco.send(url)).status_code == 404, url
    await marco.get("/portal")
    assert (await marco.send("/portal/waiting", appointment=str(late.id))).status_code == 404
    assert (await marco.send("/portal/waiting", appointment="")).status_code in (403, 404)
    assert await state(house, known) == "offered"


async def test_a_yes_at_the_portal_books_and_a_second_one_says_so(house: House, elena: Actor, giulia: Phone) -> None:
    known, slot, made = await offer_to(house, elena)
    await giulia.get("/portal")
    assert f"/portal/offers/{made.id}/yes" in giulia.page
    assert (await giulia.send(f"/portal/offers/{made.id}/maybe")).status_code == 404
    for _ in range(2):
        await giulia.get("/portal")
        assert (await giulia.send(f"/portal/offers/{made.id}/yes")).status_code == 200
    assert (await state(house, known), await status_of(house, slot)) == ("booked", "busy")
    assert await house.db.fetchval("select created_by from scheduling.appointment where id = $1", known) == (
        "patient:giulia"
    )


async def test_a_no_at_the_portal_and_a_yes_too_late(
    house: House, elena: Actor, giulia: Phone, clock: FixedClock
) -> None:
    known, slot, made = await offer_to(house, elena)
    await giulia.get("/portal")
    await giulia.send(f"/portal/offers/{made.id}/no")
    assert (await state(house, known), await status_of(house, slot)) == ("waiting", "free")
    await giulia.get("/portal")
    assert (await giulia.send(f"/portal/offers/{made.id}/yes")).status_code == 409
    assert await state(house, known) == "waiting"


async def test_a_delegate_answers_under_their_own_name(house: House, elena: Actor, client: httpx.AsyncClient) -> None:
    note = {"delegate": "marco", "relation": "child", "proof": "Carta d'identità", "consent": "given"}
    async with house.db.transaction() as tx:
        await delegates.add(house, tx, elena, "giulia", note)
    known, _, made = await offer_to(house, elena)
    marco = Phone(client)
    await marco.enter("marco.riva", "135790")
    assert f"/portal/offers/{made.id}/yes" in marco.page  # they see what they may answer
    assert "Per Giulia Ferri" in marco.page
    assert (await marco.send(f"/portal/offers/{made.id}/yes")).status_code == 200
    row = await house.db.fetchrow("select patient, created_by from scheduling.appointment where id = $1", known)
    assert tuple(row) == ("giulia", "patient:marco")


async def test_a_delegate_asks_for_an_earlier_time(
    house: House, elena: Actor, late: Appointment, client: httpx.AsyncClient
) -> None:
    note = {"delegate": "marco", "relation": "child", "proof": "Carta d'identità", "consent": "given"}
    async with house.db.transaction() as tx:
        await delegates.add(house, tx, elena, "giulia", note)
    marco = Phone(client)
    await marco.enter("marco.riva", "135790")
    assert (await marco.send("/portal/waiting", appointment=str(late.id))).status_code == 200
    row = await house.db.fetchrow("select patient, created_by from scheduling.waiting")
    assert tuple(row) == ("giulia", "patient:marco")


async def test_a_link_is_answered_once_without_signing_in(
    house: House, elena: Actor, links: list[str], client: httpx.AsyncClient
) -> None:
    known, slot, _ = await offer_to(house, elena)
    (link,) = links
    shown = await client.get(link)
    assert shown.status_code == 200
    assert "Giulia" not in shown.text
    assert (await client.post(f"{link}/maybe")).status_code == 404
    for answer in ("no", "yes", "no"):  # the first one stands
        assert "Grazie" in (await client.post(f"{link}/{answer}")).text
    assert (await state(house, known), await status_of(house, slot)) == ("waiting", "free")
    assert f"{link}/yes" not in (await client.get(link)).text


async def test_a_link_that_is_over_or_was_never_made(
    house: House, elena: Actor, links: list[str], client: httpx.AsyncClient, clock: FixedClock
) -> None:
    one = await waits(house, elena)
    slot = await freed(house, elena, "2026-11-25 10:30")
    made = await offered(house, elena, one, slot)
    (link,) = links
    forged = link[:-1] + ("A" if link[-1] != "A" else "B")
    for wrong in (forged, "/offer/" + "x" * 500, f"/offer/{made.id}", "/offer/%00"):
        assert (await client.get(wrong)).status_code == 404, wrong
        assert (await client.post(f"{wrong}/yes")).status_code == 404, wrong
    clock.at = made.expires_at + timedelta(seconds=1)
    assert "Il tempo per rispondere" in (await client.get(link)).text
    assert "Il tempo per rispondere" in (await client.post(f"{link}/yes")).text
    assert (await state_of(house, one), await status_of(house, slot)) == ("waiting", "free")
