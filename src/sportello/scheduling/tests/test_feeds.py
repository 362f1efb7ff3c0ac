"""Calendar feeds: a secret link, no names unless wished for, not sent twice, ended at once."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling.cancelling import cancel
from sportello.scheduling.codes import CancelReason, Channel
from sportello.scheduling.tests.calendar_files import instants, read_calendar
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
    calendar = read_calendar(answer.text)
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


@pytest.mark.parametrize(
    ("day", "zone"),
    [
        ("2027-03-28", "Europe/Rome"),
        ("2026-10-25", "Europe/Rome"),
        ("2027-10-31", "Europe/Rome"),
        ("2026-10-04", "Australia/Lord_Howe"),  # half an hour forward
        ("2027-04-04", "Australia/Lord_Howe"),  # half an hour back
    ],
)
async def test_the_nights_on_which_clocks_change(
    house: House, clock: FixedClock, client: httpx.AsyncClient, sign_in: SignIn, elena: Actor, day: str, zone: str
) -> None:
    """A visit every half hour, one at the same time at a place of the clinic's zone, one by video: all the moments that
    are in the database are in the file, for whoever knows zones only by what stands in it."""
    first = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    await sign_in(client, "administrator")
    link = link_in((await client.post(f"{AT}/bassi")).text)
    made = await booked(house, elena, await slot_at(house, "2026-11-24 09:30"))
    clock.advance(first - timedelta(days=2) - clock.now())
    await house.db.execute("delete from scheduling.claim")
    await house.db.execute("update scheduling.location set zone = $1 where id = 'mare'", zone)
    for number in range(14):
        await house.db.execute(
            "insert into scheduling.appointment (id, status, patient, practitioner, specialty, service, location,"
            " channel, starts, ends, reason, created_by, created_at, changed_at) select gen_random_uuid(), 'booked',"
            " patient, practitioner, specialty, service, $2, $3, $1::timestamptz,"
            " $1::timestamptz + interval '30 minutes', reason, created_by, created_at, changed_at"
            " from scheduling.appointment where id = $4",
            first + timedelta(minutes=30 * min(number, 11)),
            "centro" if number == 12 else "mare",
            "virtual" if number == 13 else "in_person",
            made.id,
        )
    rows = await house.db.fetch("select id::text, starts, ends from scheduling.appointment where id <> $1", made.id)
    written = (await client.get(link)).text
    assert {key: span for key, span in instants(written).items() if key != str(made.id)} == {
        row["id"]: (row["starts"], row["ends"]) for row in rows
    }
    assert {line for line in written.split("\r\n") if line.startswith("TZID:")} == {"TZID:Europe/Rome", f"TZID:{zone}"}
