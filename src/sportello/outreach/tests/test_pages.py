"""The log of mails as staff see it."""

from collections.abc import Awaitable, Callable

import httpx

from sportello.administration.actor import Actor
from sportello.kit.house import House
from sportello.outreach.tests.conftest import MailServer
from sportello.outreach.tests.test_confirmations import confirm
from sportello.scheduling.codes import Channel
from sportello.scheduling.tests.conftest import slot_at
from sportello.scheduling.tests.test_booking import booked


async def test_what_became_of_a_mail(
    house: House, client: httpx.AsyncClient, sign_in: Callable[..., Awaitable[Actor]], mailbox: MailServer
) -> None:
    elena = await sign_in(client, "agent", language="en")
    one = await booked(house, elena, await slot_at(house, "2026-11-24 09:30"))
    address = f"/desk/outreach/appointment/{one.id}"
    assert "No e-mail was sent" in (await client.get(address)).text
    mailbox.answers = ["550 No such user"]
    await confirm(house, elena, one)
    assert "is on its way" in (await client.get(address)).text
    await house.jobs.run_due()
    failed = (await client.get(address)).text
    assert "could not be delivered" in failed
    again = failed.split('hx-post="')[1].split('"')[0]
    assert (await client.post(again)).status_code == 303
    await house.jobs.run_due()
    assert "was sent at" in (await client.get(address)).text


async def test_strangers_see_nothing(
    house: House, client: httpx.AsyncClient, sign_in: Callable[..., Awaitable[Actor]]
) -> None:
    assert (await client.get("/desk/outreach/appointment/x")).status_code == 401
    await sign_in(client, "administrator")
    assert (await client.get("/desk/outreach/appointment/x")).status_code == 403
    await sign_in(client, "agent", "davide")
    assert (await client.get("/desk/outreach/appointment/x")).status_code == 404


async def test_the_link_of_a_virtual_visit_is_sent_as_often_as_asked(
    house: House, client: httpx.AsyncClient, sign_in: Callable[..., Awaitable[Actor]], mailbox: MailServer
) -> None:
    elena = await sign_in(client, "agent", language="en")
    one = await booked(house, elena, await slot_at(house, "2026-11-24 10:30"), channel=Channel.VIRTUAL)
    address = f"/desk/outreach/appointment/{one.id}"
    await client.post(f"{address}/link")
    await house.jobs.run_due()
    assert not mailbox.mails  # there was no link yet
    for _ in range(2):
        assert (await client.post(f"{address}/link")).status_code == 303
        await house.jobs.run_due()
    subject = "Il collegamento per il Suo appuntamento a distanza – Ospedale San Luca"
    assert [mail["Subject"] for mail in mailbox.mails] == [subject] * 2
    body = mailbox.mails[0].get_body(("plain",))
    assert body
    assert "/visit/" in body.get_content()
    assert (await client.get(address)).text.count("was sent at") == 2
