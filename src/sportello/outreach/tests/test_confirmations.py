"""Confirmations: one mail for each change, with a calendar file, without clinical words where phones show them."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import icalendar
import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.outreach import sending, store
from sportello.outreach.ports import MailSender
from sportello.outreach.rules import PAUSES
from sportello.outreach.tests.conftest import MailServer
from sportello.scheduling import confirming
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.cancelling import cancel
from sportello.scheduling.codes import CancelReason, Channel
from sportello.scheduling.moving import Move, move
from sportello.scheduling.tests.conftest import slot_at
from sportello.scheduling.tests.test_booking import booked

GIULIA = "giulia.ferri@example.org"


async def confirm(house: House, actor: Actor, one: Appointment, language: str = "it") -> None:
    await house.db.run(lambda tx: confirming.confirm(house, tx, actor, one, GIULIA, language))


async def only_message(house: House, one: Appointment) -> store.Message:
    async with house.db.transaction() as tx:
        (message,) = await store.about(tx, one.id)
    return message


def event_of(mail: EmailMessage) -> tuple[Any, Any]:
    (file,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    calendar = icalendar.Calendar.from_ical(file.get_payload(decode=True))
    return calendar, calendar.walk("VEVENT")[0]


@pytest.fixture
async def visit(house: House, elena: Actor) -> Appointment:
    return await booked(house, elena, await slot_at(house, "2026-11-24 09:30"))


async def test_a_mail_with_a_calendar_file(house: House, elena: Actor, visit: Appointment, mailbox: MailServer) -> None:
    await confirm(house, elena, visit)
    await house.jobs.run_due()
    (mail,) = mailbox.mails
    assert (mail["To"], mail["Subject"]) == (GIULIA, "Il Suo appuntamento è confermato – Ospedale San Luca")
    plain = mail.get_body(("plain",))
    assert plain
    text = plain.get_content()
    assert "martedì 24 novembre 2026 alle 09:30" in text
    assert "Dott.ssa Irene Bassi" in text
    assert "Via delle Erbe 3" in text
    calendar, event = event_of(mail)
    assert calendar["METHOD"] == "REQUEST"
    assert event.decoded("DTSTART") == datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", 0)
    assert (await only_message(house, visit)).status == "sent"


async def test_what_a_phone_shows_has_no_clinical_word(
    house: House, elena: Actor, visit: Appointment, mailbox: MailServer
) -> None:
    await confirm(house, elena, visit, "en")
    await house.jobs.run_due()
    (mail,) = mailbox.mails
    plain = mail.get_body(("plain",))
    assert plain
    first = "\n".join(plain.get_content().splitlines()[:4])
    _, event = event_of(mail)
    shown = " ".join([mail["Subject"], first, str(event["SUMMARY"]), str(event.get("DESCRIPTION", ""))]).lower()
    assert not [word for word in ("heart", "cardio", "visita", "controllo", "bassi", "ferri") if word in shown]
    assert "Heart check-up" in plain.get_content()


async def test_wished_twice_it_is_sent_once(
    house: House, elena: Actor, visit: Appointment, mailbox: MailServer
) -> None:
    await confirm(house, elena, visit)
    await confirm(house, elena, visit)
    await house.jobs.run_due()
    message = await only_message(house, visit)
    async with house.db.transaction() as tx:
        await sending.promise(house, tx, message.id, None)
    await house.jobs.run_due()
    assert len(mailbox.mails) == 1


async def test_a_move_and_a_cancellation_write_again_for_the_same_event(
    house: House, elena: Actor, visit: Appointment, mailbox: MailServer
) -> None:
    await confirm(house, elena, visit)
    await house.jobs.run_due()
    other = await slot_at(house, "2026-11-25 10:00")
    moved = await house.db.run(lambda tx: move(house, tx, elena, Move(visit.id, other)))
    await confirm(house, elena, moved)
    await house.jobs.run_due()
    gone = await house.db.run(lambda tx: cancel(house, tx, elena, visit.id, CancelReason.PATIENT))
    await confirm(house, elena, gone)
    await house.jobs.run_due()
    calendars = [event_of(mail) for mail in mailbox.mails]
    assert [str(event["SEQUENCE"]) for _, event in calendars] == ["0", "1", "2"]
    assert len({str(event["UID"]) for _, event in calendars}) == 1
    assert [str(calendar["METHOD"]) for calendar, _ in calendars] == ["REQUEST", "REQUEST", "CANCEL"]
    assert "annullato" in mailbox.mails[2]["Subject"]


async def test_what_is_no_longer_so_is_not_sent(
    house: House, elena: Actor, visit: Appointment, mailbox: MailServer
) -> None:
    await confirm(house, elena, visit)
    await house.db.run(lambda tx: cancel(house, tx, elena, visit.id, CancelReason.PATIENT))
    await house.jobs.run_due()
    assert not mailbox.mails
    assert (await only_message(house, visit)).status == "obsolete"


async def test_a_virtual_visit_is_confirmed_with_its_link(house: House, elena: Actor, mailbox: MailServer) -> None:
    one = await booked(house, elena, await slot_at(house, "2026-11-24 10:30"), channel=Channel.VIRTUAL)
    await confirm(house, elena, one)
    assert not mailbox.mails
    await house.jobs.run_due()
    (mail,) = mailbox.mails
    _, event = event_of(mail)
    plain = mail.get_body(("plain",))
    assert plain
    assert str(event["URL"]) in plain.get_content()
    assert "/visit/" in str(event["URL"])


async def test_a_server_that_is_away_gets_the_same_mail_later(
    house: House, elena: Actor, visit: Appointment, mailbox: MailServer, clock: FixedClock
) -> None:
    mailbox.answers = ["451 Try later", "421 Closing"]
    await confirm(house, elena, visit)
    await house.jobs.run_due()
    waiting = await only_message(house, visit)
    assert (waiting.status, waiting.tries, waiting.last_error) == ("waiting", 1, "MailUnavailable")
    for pause in PAUSES[:2]:
        clock.advance(pause)
        await house.jobs.run_due()
    assert len(mailbox.mails) == 1
    assert mailbox.mails[0]["Message-ID"] == f"<{waiting.id}@localhost>"


async def test_a_refused_address_is_shown_and_can_be_tried_again(
    house: House, elena: Actor, visit: Appointment, mailbox: MailServer
) -> None:
    mailbox.answers = ["550 No such user"]
    await confirm(house, elena, visit)
    await house.jobs.run_due()
    failed = await only_message(house, visit)
    assert (failed.status, failed.last_error) == ("failed", "MailRefused")
    await house.db.run(lambda tx: sending.again(house, tx, failed.id))
    await house.jobs.run_due()
    assert len(mailbox.mails) == 1


async def test_it_is_given_up_after_a_day(house: House, elena: Actor, visit: Appointment, clock: FixedClock) -> None:
    class Away:
        async def send(self, mail: EmailMessage, return_path: str = "") -> None:
            raise OSError

    house.ports[MailSender] = Away()
    await confirm(house, elena, visit)
    await house.db.execute(
        "update scheduling.appointment set starts = starts + interval '9 days', ends = ends + interval '9 days'"
    )
    for pause in (timedelta(), *PAUSES, timedelta(days=1)):
        clock.advance(pause)
        await house.jobs.run_due()
    message = await only_message(house, visit)
    assert (message.status, message.tries) == ("failed", len(PAUSES) + 1)


async def test_no_personal_data_in_jobs(house: House, elena: Actor, visit: Appointment) -> None:
    await confirm(house, elena, visit)
    rows = await house.db.fetch("select name, payload::text, dedupe_key from kit.job")
    text = " ".join(str(tuple(row)) for row in rows)
    assert "giulia" not in text.lower()
