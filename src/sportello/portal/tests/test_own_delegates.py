"""A delegate books, moves and cancels for another at the portal: under their own name, and not a moment too long."""

import re
from typing import Any

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.administration.testing import staff_member
from sportello.kit.house import House
from sportello.portal.tests.test_own_visits import Phone, book, clock, giulia, house, visit
from sportello.scheduling import delegates
from sportello.scheduling.tests.conftest import slot_at
from sportello.scheduling.tests.test_booking import booked

__all__ = ["clock", "giulia", "house"]  # fixtures
NOTE = {"delegate": "marco", "relation": "child", "proof": "Carta d'identità", "consent": "given"}


@pytest.fixture
async def elena(house: House) -> Actor:
    return await staff_member(house, "agent")


@pytest.fixture
async def noted(house: House, elena: Actor) -> Any:
    """Marco may book for Giulia."""
    async with house.db.transaction() as tx:
        assert not await delegates.add(house, tx, elena, "giulia", NOTE)
    return await house.db.fetchval("select id from scheduling.delegate")


@pytest.fixture
async def marco(client: httpx.AsyncClient, house: House) -> Phone:
    phone = Phone(client)
    await phone.enter("marco.riva", "135790")
    return phone


async def trail(house: House, action: str) -> list[tuple[str, str, str]]:
    rows = await house.db.fetch(
        "select actor_kind, actor, patient from administration.audit_event where action = $1 order by seq", action
    )
    return [tuple(row) for row in rows]


async def book_for(phone: Phone, wall: str = "09:30") -> None:
    """As `book`, for Giulia."""
    plain = phone.send

    async def send(url: str, **form: Any) -> httpx.Response:
        return await plain(url, **({"for": "giulia"} if url == "/portal/wizard" else {}), **form)

    phone.send = send  # type: ignore[method-assign]
    try:
        await book(phone, wall)
    finally:
        phone.send = plain  # type: ignore[method-assign]


async def test_a_delegate_chooses_for_whom_and_the_trail_names_them(house: House, noted: Any, marco: Phone) -> None:
    assert 'name="for" value="giulia"' in marco.page
    await book_for(marco)
    one = await visit(house)
    assert (one["patient"], one["created_by"]) == ("giulia", "patient:marco")
    await marco.get("/portal")
    assert f"/portal/appointments/{one['id']}/cancellation" in marco.page
    file = await marco.client.get(f"/portal/appointments/{one['id']}/calendar")
    assert file.headers["content-type"].startswith("text/calendar")
    await marco.send("/portal/wizard", appointment=str(one["id"]))
    await marco.send(marco.form, day="2026-11-30", action="search")
    slot = re.search(r'name="slot" value="(\d+)"><span class="number">11:00', marco.page)
    assert slot
    await marco.send(marco.form, slot=slot[1])
    for action in ("next", "next", "schedule"):
        await marco.send(marco.form, action=action)
    assert (await visit(house))["slot"] == int(slot[1])
    await marco.get(f"/portal/appointments/{one['id']}/cancellation")
    await marco.send(f"/portal/appointments/{one['id']}/cancellation")
    assert (await visit(house))["status"] == "cancelled"
    for action in ("appointment.booked", "appointment.moved", "appointment.cancelled"):
        assert await trail(house, action) == [("patient", "marco", "giulia")], action
    assert ("patient", "marco", "giulia") in await trail(house, "patient.read")


async def test_they_book_for_themselves_unless_they_say_otherwise(house: House, noted: Any, marco: Phone) -> None:
    await book(marco)
    assert (await visit(house))["patient"] == "marco"


@pytest.mark.parametrize("whom", ["giulia", "nobody", "' or 1=1", "marco/../giulia"])
async def test_a_stranger_is_as_unknown_as_nobody(house: House, marco: Phone, elena: Actor, whom: str) -> None:
    one = await booked(house, elena, await slot_at(house, "2026-11-27 09:30"))
    assert "Giulia" not in marco.page
    assert (await marco.send("/portal/wizard", **{"for": whom})).status_code == 404
    await marco.get("/portal")
    assert (await marco.send("/portal/wizard", appointment=str(one.id))).status_code == 404
    for page in ("cancellation", "calendar"):
        assert (await marco.get(f"/portal/appointments/{one.id}/{page}")).status_code == 404
    assert await house.db.fetchval("select count(*) from scheduling.wizard") == 0


async def test_it_goes_one_way_only(house: House, noted: Any, giulia: Phone) -> None:
    assert (await giulia.send("/portal/wizard", **{"for": "marco"})).status_code == 404


async def test_when_it_ends_what_is_begun_ends_too(house: House, noted: Any, elena: Actor, marco: Phone) -> None:
    one = await booked(house, elena, await slot_at(house, "2026-11-27 09:30"))
    await marco.send("/portal/wizard", **{"for": "giulia"})
    form = marco.form
    async with house.db.transaction() as tx:
        assert await delegates.end(house, tx, elena, noted) == "giulia"
    assert (await marco.send(form, who="practitioner:bassi", action="next")).status_code == 404
    draft = form.rsplit("/", 1)[0]
    assert (await marco.get(draft)).status_code == 404
    await marco.get("/portal")
    assert "Giulia" not in marco.page
    assert (await marco.send(f"/portal/appointments/{one.id}/cancellation")).status_code == 404
    await marco.get("/portal")
    assert (await marco.send(f"{draft}/leave")).status_code == 404
    assert await house.db.fetchval("select status from scheduling.appointment where id = $1", one.id) == "booked"


async def test_no_consent_no_delegate(house: House, elena: Actor, marco: Phone) -> None:
    async with house.db.transaction() as tx:
        assert set(await delegates.add(house, tx, elena, "giulia", NOTE | {"consent": ""})) == {"consent"}
    assert (await marco.send("/portal/wizard", **{"for": "giulia"})).status_code == 404
