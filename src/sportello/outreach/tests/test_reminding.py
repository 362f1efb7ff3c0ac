"""Reminders: once for each visit and time before, after moves at the new time, never after its end."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.fhir import store as fhir
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.outreach import store
from sportello.outreach.rules import due_at, loud_at, next_due, windows_of
from sportello.outreach.sending import IN_HAND
from sportello.outreach.tests.conftest import MailServer
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.attending import attend
from sportello.scheduling.cancelling import cancel
from sportello.scheduling.codes import AppointmentStatus, CancelReason
from sportello.scheduling.events import OfferMade
from sportello.scheduling.moving import Move, move
from sportello.scheduling.tests.conftest import GIULIA, NOW, slot_at
from sportello.scheduling.tests.test_booking import booked

ROME, ADELAIDE = ZoneInfo("Europe/Rome"), ZoneInfo("Australia/Adelaide")
QUIET = (time(21), time(8))


@pytest.fixture
async def visit(house: House, elena: Actor) -> Appointment:
    """Friday at nine; it is Monday, nine."""
    return await booked(house, elena, await slot_at(house, "2026-11-27 09:00"))


async def on(house: House, clock: FixedClock, wall: str) -> None:
    """The clock moves to a wall time at the clinic, and what is due is done."""
    clock.at = datetime.fromisoformat(wall).replace(tzinfo=ROME).astimezone(UTC)
    await house.jobs.run_due()


async def test_two_days_before_and_once(
    house: House, visit: Appointment, mailbox: MailServer, clock: FixedClock
) -> None:
    await on(house, clock, "2026-11-25 08:59")
    assert not mailbox.mails
    await on(house, clock, "2026-11-25 09:00")
    (mail,) = mailbox.mails
    assert mail["Subject"] == "Promemoria del Suo appuntamento – Ospedale San Luca"
    body = mail.get_body(("plain",))
    assert body
    assert "venerdì 27 novembre 2026 alle 09:00" in body.get_content()
    await on(house, clock, "2026-11-28 12:00")
    assert len(mailbox.mails) == 1


async def test_it_follows_a_move_and_ends_with_a_cancellation(
    house: House, elena: Actor, visit: Appointment, mailbox: MailServer, clock: FixedClock
) -> None:
    later = await slot_at(house, "2026-12-03 10:30")
    await house.db.run(lambda tx: move(house, tx, elena, Move(visit.id, later)))
    await on(house, clock, "2026-11-30 12:00")
    assert not mailbox.mails
    await on(house, clock, "2026-12-01 10:30")
    assert len(mailbox.mails) == 1
    other = await booked(house, elena, await slot_at(house, "2026-12-04 09:00"))
    await house.db.run(lambda tx: cancel(house, tx, elena, other.id, CancelReason.PATIENT))
    await on(house, clock, "2026-12-04 12:00")
    assert len(mailbox.mails) == 1


async def test_a_house_that_slept_does_not_remind_of_what_is_over(
    house: House, visit: Appointment, mailbox: MailServer, clock: FixedClock
) -> None:
    await on(house, clock, "2026-11-27 09:01")
    assert not mailbox.mails


async def test_a_mail_server_that_was_away_until_the_visit(
    house: House, visit: Appointment, mailbox: MailServer, clock: FixedClock
) -> None:
    mailbox.answers = ["451 Later"] * 20
    await on(house, clock, "2026-11-25 09:00")
    mailbox.answers = []
    await on(house, clock, "2026-11-27 09:01")
    assert not mailbox.mails


async def test_killed_while_sending_it_never_comes_twice(
    house: House, visit: Appointment, mailbox: MailServer, clock: FixedClock
) -> None:
    await on(house, clock, "2026-11-25 09:00")
    assert len(mailbox.mails) == 1
    # As kill -9 between the server's yes and our note leaves it: in hand, and its job given to another worker.
    await house.db.execute("update outreach.message set status = 'sending', sending_until = $1", clock.now() + IN_HAND)
    async with house.db.transaction() as tx:
        (message,) = await store.about(tx, visit.id)
        await house.jobs.enqueue(tx, "outreach.send", {"message": str(message.id)})
    await house.jobs.run_due()
    clock.advance(IN_HAND)
    await house.jobs.run_due()
    assert len(mailbox.mails) == 1
    async with house.db.transaction() as tx:
        assert [one.status for one in await store.about(tx, visit.id)] == ["unsure"]


async def test_those_who_do_not_want_it_and_the_dead(
    house: House, elena: Actor, visit: Appointment, mailbox: MailServer, clock: FixedClock, client: httpx.AsyncClient,
    sign_in: Callable[..., Awaitable[Actor]],
) -> None:  # fmt: skip
    await sign_in(client, "agent", "davide")
    page = await client.get("/desk/outreach/patient/giulia")
    assert 'name="reminders" value="yes" checked' in page.text
    assert (await client.post("/desk/outreach/patient/giulia", data={"language": "en"})).status_code == 303
    await on(house, clock, "2026-11-25 09:00")
    assert not mailbox.mails
    await sign_in(client, "agent", "davide")
    await client.post("/desk/outreach/patient/giulia", data={"language": "en", "reminders": "yes"})
    second = await booked(house, elena, await slot_at(house, "2026-12-01 09:00"))
    await on(house, clock, "2026-11-29 09:00")
    assert [mail["Subject"] for mail in mailbox.mails] == ["Reminder of your appointment – Ospedale San Luca"]
    await booked(house, elena, await slot_at(house, "2026-12-02 09:00"))
    async with house.db.transaction() as tx:
        await fhir.put(tx, GIULIA[0] | {"deceasedBoolean": True})
    await on(house, clock, "2026-11-30 09:00")
    assert len(mailbox.mails) == 1
    assert second.id


async def test_an_arrived_patient_is_not_reminded(
    house: House, elena: Actor, mailbox: MailServer, clock: FixedClock
) -> None:
    await house.db.execute("insert into outreach.reminder_rule values ('heart-check', '{1h}')")
    one = await booked(house, elena, await slot_at(house, "2026-11-25 11:30"))
    await on(house, clock, "2026-11-25 09:30")
    await house.db.run(lambda tx: attend(house, tx, elena, one.id, AppointmentStatus.ARRIVED))
    await on(house, clock, "2026-11-25 11:00")
    assert not mailbox.mails


async def test_new_terms_hold_for_what_is_booked(
    house: House, visit: Appointment, mailbox: MailServer, clock: FixedClock, client: httpx.AsyncClient,
    sign_in: Callable[..., Awaitable[Actor]],
) -> None:  # fmt: skip
    await sign_in(client, "administrator")
    form = {"quiet_from": "20:00", "quiet_until": "07:00", "reminders": "2h", "reminders_ecg": "-"}
    wrong = await client.post("/desk/outreach/terms", data=form | {"reminders": "soon", "quiet_from": "x"})
    assert wrong.status_code == 422
    assert 'value="soon"' in wrong.text
    assert (await client.post("/desk/outreach/terms", data=form)).status_code == 303
    page = (await client.get("/desk/outreach/terms")).text
    assert 'value="20:00"' in page
    assert 'name="reminders_ecg" type="text" value="-"' in page
    await on(house, clock, "2026-11-26 12:00")
    assert not mailbox.mails
    await on(house, clock, "2026-11-27 07:00")
    assert len(mailbox.mails) == 1


async def test_an_offer_is_written_once_and_not_too_late(
    house: House, visit: Appointment, mailbox: MailServer, clock: FixedClock
) -> None:
    offer = OfferMade(
        uuid7(), visit.id, NOW + timedelta(days=1), NOW + timedelta(days=1, minutes=30), "Dott. Pietro Galli",
        "Casa della Salute Mare", "https://example.org/portal/offers/1", NOW + timedelta(hours=4),
    )  # fmt: skip
    for _ in range(2):
        await house.db.run(lambda tx: house.news.announce(tx, offer))
        await house.jobs.run_due()
    (mail,) = mailbox.mails
    body = mail.get_body(("plain",))
    assert body
    text = body.get_content()
    assert "martedì 24 novembre 2026 alle 09:00" in text
    assert "https://example.org/portal/offers/1" in text
    assert "13:00" in text
    late = OfferMade(
        uuid7(), visit.id, offer.starts, offer.ends, "", "", offer.link, NOW - timedelta(minutes=1)
    )  # fmt: skip
    await house.db.run(lambda tx: house.news.announce(tx, late))
    await house.jobs.run_due()
    assert len(mailbox.mails) == 1


def at(wall: str, zone: ZoneInfo = ROME, fold: int = 0) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=zone, fold=fold)


def test_days_go_by_the_wall_clock_and_hours_do_not() -> None:
    # In Rome clocks go forward on 28 March 2027, back on 31 October 2027; in Adelaide back on 4 April 2027.
    assert due_at(at("2027-03-29 09:00"), "2d", ROME, QUIET) == at("2027-03-27 09:00")
    assert due_at(at("2027-03-28 12:00"), "24h", ROME, (time(), time())) == at("2027-03-27 11:00")
    assert due_at(at("2027-11-01 09:00"), "2d", ROME, QUIET) == at("2027-10-30 09:00")
    assert due_at(at("2027-04-05 09:00", ADELAIDE), "2d", ADELAIDE, QUIET) == at("2027-04-03 09:00", ADELAIDE)
    # The wall time that is skipped: an hour later, as the clock jumps.
    assert due_at(at("2027-03-30 02:30"), "2d", ROME, (time(), time())) == at("2027-03-28 03:30")


def test_quiet_hours_over_a_night_in_which_clocks_change() -> None:
    for evening, morning in (("2027-03-27 23:00", "2027-03-28 08:00"), ("2027-10-30 23:00", "2027-10-31 08:00")):
        assert loud_at(at(evening), *QUIET, ROME) == at(morning)
    assert loud_at(at("2027-03-27 20:59"), *QUIET, ROME) == at("2027-03-27 20:59")
    assert loud_at(at("2027-03-28 08:00"), *QUIET, ROME) == at("2027-03-28 08:00")
    assert loud_at(at("2027-03-28 13:30"), time(13), time(14), ROME) == at("2027-03-28 14:00")
    assert loud_at(at("2027-03-28 03:00"), time(), time(), ROME) == at("2027-03-28 03:00")
    # Three hours before a visit at nine is night: it comes the evening before.
    assert due_at(at("2027-03-28 09:00"), "3h", ROME, QUIET) == at("2027-03-27 20:59")


def test_the_next_one() -> None:
    starts = at("2026-11-27 09:00")
    assert next_due(starts, ("2d", "7d"), ROME, QUIET, NOW) == (at("2026-11-25 09:00"), "2d")
    assert next_due(starts, ("7d",), ROME, QUIET, NOW) is None
    assert windows_of("2D, 3h 2d") == ("2d", "3h")
    for wrong in ("0d", "2", "91d", "241h", "1d 2d 3d 4d 5d", "-1d", "1.5h"):
        with pytest.raises(ValueError, match=r"."):
            windows_of(wrong)
