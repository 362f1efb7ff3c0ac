"""Calendar feeds: a secret link, no names unless wished for, not sent twice, ended at once."""

from collections.abc import Awaitable, Callable

import httpx
import vobject

from sportello.administration.actor import Actor
from sportello.kit.house import House
from sportello.scheduling.cancelling import cancel
from sportello.scheduling.codes import CancelReason, Channel
from sportello.scheduling.tests.conftest import slot_at
from sportello.scheduling.tests.test_booking import booked

SignIn = Callable[..., Awaitable[Actor]]
AT = "/desk/scheduling/feeds"


def link_in(page: str) -> str:
    return "/calendar/" + page.split("/calendar/")[1].split('"')[0]


async def test_a_feed_from_its_link_to_its_end(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, elena: Actor
) -> None:
    one = await booked(house, elena, await slot_at(house, "2026-11-24 09:30"))
    await booked(house, elena, await slot_at(house, "2026-11-24 10:30"), "marco", channel=Channel.VIRTUAL)
    await sign_in(client, "administrator", language="en")
    assert "Dott. Pietro Galli" in (await client.get(AT)).text
    link = link_in((await client.post(f"{AT}/bassi")).text)
    assert link.removesuffix(".ics").rsplit("/", 1)[1] not in str(await house.db.fetch("select * from scheduling.feed"))
    answer = await client.get(link)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = vobject.readOne(answer.text)
    first, second = calendar.vevent_list
    assert first.dtstart.value.isoformat() == "2026-11-24T09:30:00+01:00"
    assert (first.status.value, second.status.value) == ("CONFIRMED", "TENTATIVE")
    assert first.summary.value == "Visita cardiologica"
    assert not [word for word in ("Giulia", "Ferri", "Marco", "Controllo", "example.org") if word in answer.text]
    same = await client.get(link, headers={"if-none-match": answer.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    await house.db.run(lambda tx: cancel(house, tx, elena, one.id, CancelReason.PATIENT))
    changed = await client.get(link, headers={"if-none-match": answer.headers["etag"]})
    assert changed.status_code == 200
    assert str(one.id) not in changed.text
    named = link_in((await client.post(f"{AT}/bassi", data={"names": "yes"})).text)
    assert (await client.get(link)).status_code == 404
    assert "Marco Riva" in (await client.get(named)).text
    assert (await client.post(f"{AT}/bassi/withdrawal")).status_code == 303
    assert (await client.get(named)).status_code == 404
    assert (await client.post(f"{AT}/nobody")).status_code == 404
    for wrong in ("x.ics", "a" * 43, "a" * 43 + ".ics", "a" * 3000 + ".ics"):
        assert (await client.get(f"/calendar/{wrong}")).status_code == 404
    await sign_in(client, "agent", "davide")
    assert (await client.get(AT)).status_code == 403


async def test_a_program_that_never_stops_asking(house: House, client: httpx.AsyncClient, sign_in: SignIn) -> None:
    await sign_in(client, "administrator")
    link = link_in((await client.post(f"{AT}/bassi")).text)
    codes = [(await client.get(link)).status_code for _ in range(62)]
    assert codes.count(200) == 60
    assert codes[-1] == 429


async def test_a_practitioner_keeps_their_own(house: House, client: httpx.AsyncClient, sign_in: SignIn) -> None:
    await sign_in(client, "administrator", language="en")
    at = "/desk/scheduling/catalogue/practitioners/bassi"
    seen = (await client.get(at)).text.split('name="seen" value="')[1].split('"')[0]
    form = {"name": "Dott.ssa Irene Bassi", "seen": seen}
    assert "Nobody signs in by this name." in (await client.post(at, data=form | {"login": "irene"})).text
    await sign_in(client, "agent", "irene", language="en")
    assert (await client.get(AT)).status_code == 403
    await sign_in(client, "administrator", language="en")
    assert (await client.post(at, data=form | {"login": "irene"})).status_code == 303
    await sign_in(client, "agent", "irene", language="en")
    page = (await client.get(AT)).text
    assert "Dott.ssa Irene Bassi" in page
    assert "Dott. Pietro Galli" not in page
    assert "My calendar elsewhere" in (await client.get("/desk/scheduling/calendar")).text
    link = link_in((await client.post(f"{AT}/bassi")).text)
    assert (await client.get(link)).status_code == 200
    assert (await client.post(f"{AT}/galli")).status_code == 404
    assert (await client.post(f"{AT}/bassi/withdrawal")).status_code == 303
    assert (await client.get(link)).status_code == 404
