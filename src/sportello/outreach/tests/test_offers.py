"""An offer to one who waits without a visit: its letter, in quiet hours too, and that the time is kept long enough."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.outreach import store
from sportello.outreach.tests.conftest import MailServer
from sportello.scheduling import offering
from sportello.scheduling.store.openings import Offer
from sportello.scheduling.store.waiting import Policy, set_policy
from sportello.scheduling.tests.conftest import status_of
from sportello.scheduling.tests.test_waiting import freed, offered, state_of, waits

ROME = ZoneInfo("Europe/Rome")


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ROME).astimezone(UTC)


async def stored(house: House) -> Offer:
    (row,) = await house.db.fetch("select id, waiting, slot, state, expires_at from scheduling.offer")
    return Offer(*row)


async def test_a_wish_without_a_visit_is_written_to_and_a_yes_is_confirmed(
    house: House, elena: Actor, mailbox: MailServer, client: httpx.AsyncClient
) -> None:
    one = await waits(house, elena)
    made = await offered(house, elena, one, await freed(house, elena, "2026-11-26 09:30"))
    await house.jobs.run_due()
    (mail,) = mailbox.mails
    assert mail["To"] == "giulia.ferri@example.org"
    body = mail.get_body(("plain",))
    assert body
    text = body.get_content()
    for said in ("giovedì 26 novembre 2026 alle 09:30", "Poliambulatorio Centro", "Dott.ssa Irene Bassi", "13:00"):
        assert said in text
    assert not list(mail.iter_attachments())  # nothing is booked: no calendar takes it over
    link = re.search(r"http\S+(/offer/\S+)", text)
    assert link
    assert (await client.post(f"{link[1]}/yes")).status_code == 200
    assert await state_of(house, one) == "booked"
    await house.jobs.run_due()
    assert len(mailbox.mails) == 2
    async with house.db.transaction() as tx:
        assert {message.kind for message in await store.about(tx, one.id)} == {"offer", "booked"}
    assert made.waiting == one.id


async def test_answered_before_the_letter_went_nothing_is_sent(house: House, elena: Actor, mailbox: MailServer) -> None:
    one = await waits(house, elena)
    made = await offered(house, elena, one, await freed(house, elena))
    async with house.db.transaction() as tx:
        await offering.decline(house, tx, elena, made.id)
    await house.jobs.run_due()
    assert not mailbox.mails


async def test_in_the_evening_the_time_is_kept_until_after_the_letter(
    house: House, elena: Actor, mailbox: MailServer, clock: FixedClock
) -> None:
    async with house.db.transaction() as tx:
        await set_policy(tx, Policy(60, 60, automatic=True))
    one = await waits(house, elena)
    clock.at = wall("2026-11-24 22:00")
    slot = await freed(house, elena, "2026-11-26 09:30")
    await house.jobs.run_due()
    assert not mailbox.mails
    assert (await stored(house)).expires_at == wall("2026-11-25 09:00")
    clock.at = wall("2026-11-25 08:00")
    await house.jobs.run_due()
    assert len(mailbox.mails) == 1
    assert (await status_of(house, slot), await state_of(house, one)) == ("busy-tentative", "offered")
    clock.at = wall("2026-11-25 09:00")
    await house.jobs.run_due()
    assert (await status_of(house, slot), await state_of(house, one)) == ("free", "waiting")


@pytest.mark.parametrize("automatic", [True, False])
async def test_a_time_before_the_letter_is_offered_by_telephone_alone(
    house: House, elena: Actor, clock: FixedClock, *, automatic: bool
) -> None:
    await house.db.execute(
        "insert into outreach.terms (quiet_from, quiet_until, changed_by, changed_at)"
        " values ('21:00', '09:20', 'x', now())"
    )
    async with house.db.transaction() as tx:
        await set_policy(tx, Policy(60, 60, automatic=automatic))
    one = await waits(house, elena)
    clock.at = wall("2026-11-24 22:00")
    slot = await freed(house, elena, "2026-11-25 09:30")
    await house.jobs.run_due()
    assert await house.db.fetchval("select count(*) from scheduling.offer") == 0
    made = await offered(house, elena, one, slot)
    assert made.expires_at == wall("2026-11-25 09:15")
