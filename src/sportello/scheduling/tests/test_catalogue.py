"""The screens of the offer: what is added can be booked at once, what has ended cannot, and nonsense is refused."""

from collections.abc import Awaitable, Callable
from html.parser import HTMLParser

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.house import House
from sportello.scheduling.tests.conftest import slot_at
from sportello.scheduling.tests.test_booking import booked
from sportello.scheduling.tests.wizard_tab import Wizard

SignIn = Callable[..., Awaitable[Actor]]
PAGE = "/desk/scheduling/catalogue"


@pytest.fixture
async def marta(client: httpx.AsyncClient, sign_in: SignIn) -> Actor:
    return await sign_in(client, "supervisor", "marta", language="en")


class Forms(HTMLParser):
    """Reads the fields of the first large form of a page, as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[str, str] = {}
        self.inside = self.over = False
        self.area = self.choice = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form" and "scheduling-step" in said.get("class", ""):
            self.inside = not self.over
        name = said.get("name", "")
        if not self.inside:
            return
        if tag == "input" and (said.get("type") != "checkbox" or "checked" in said):
            self.first[name] = said.get("value", "")
        elif tag == "textarea":
            self.area = name
            self.first[name] = ""
        elif tag == "select":
            self.choice = name
            self.first[name] = ""
        elif tag == "option" and "selected" in said:
            self.first[self.choice] = said["value"]

    def handle_data(self, data: str) -> None:
        if self.area:
            self.first[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.inside:
            self.inside, self.over = False, True
        if tag == "textarea":
            self.area = ""


async def form_of(client: httpx.AsyncClient, address: str, **change: str) -> dict[str, str]:
    """What a page's form would send."""
    page = Forms()
    page.feed((await client.get(address)).text)
    return page.first | change


async def save(client: httpx.AsyncClient, address: str, **change: str) -> httpx.Response:
    return await client.post(address, data=await form_of(client, address, **change))


async def test_a_hospital_is_made_on_the_screens_alone(house: House, client: httpx.AsyncClient, marta: Actor) -> None:
    for kind, fields in {
        "specialties": {"id": "neuro", "name_it": "Neurologia", "name_en": "Neurology"},
        "types": {"id": "eeg", "name_it": "Elettroencefalogramma", "specialty": "neuro", "minutes": "40"},
        "places": {"id": "monte", "name": "Casa del Monte", "town": "Trento", "postal_code": "38122"},
        "practitioners": {"id": "rossi", "name": "Dott. Rossi"},
        "rooms": {"name": "EEG 1", "location": "monte", "kind": "device"},
        "roles": {"id": "rossi-monte", "practitioner": "rossi", "specialty": "neuro", "location": "monte",
                  "services:eeg": "yes"},
    }.items():  # fmt: skip
        answer = await save(client, f"{PAGE}/{kind}/new", **fields)
        assert answer.status_code == 303, (kind, answer.text[-3000:])
    made = await client.post(f"{PAGE}/new-calendar/rossi-monte")
    assert made.status_code == 303
    calendar = made.headers["location"]
    answer = await save(client, calendar, **{f"w0d{day}": "09:00-12:00" for day in range(5)})
    assert answer.status_code == 303, answer.text[-3000:]
    tab = await Wizard(client).begin()
    await tab.say("who", who="specialty:neuro")
    await tab.say("type", type="eeg|in_person")
    await tab.say("place", place="monte")
    assert 'name="slot"' in tab.answer.text
    trail = "select count(*) from administration.audit_event where action = 'catalogue.changed'"
    assert await house.db.fetchval(trail) == 6


async def test_what_has_ended_is_not_offered_and_booked_visits_are_conflicts(
    house: House, client: httpx.AsyncClient, marta: Actor
) -> None:
    await booked(house, marta, await slot_at(house, "2026-11-24 09:30"))
    assert (await client.post(f"{PAGE}/practitioners/bassi/end")).status_code == 303
    tab = await Wizard(client).begin()
    assert "Bassi" not in (await tab.say("who", find="bassi", action="search")).text
    await house.jobs.run_due()
    assert "Giulia Ferri" in (await client.get("/desk/scheduling/conflicts")).text
    await client.post(f"{PAGE}/practitioners/bassi/again")
    await house.jobs.run_due()
    assert "Bassi" in (await tab.say("who", find="bassi", action="search")).text
    assert "Giulia Ferri" not in (await client.get("/desk/scheduling/conflicts")).text


@pytest.mark.parametrize(
    ("address", "change", "says"),
    [
        ("types/heart-check", {"minutes": "4"}, "within the bounds"),
        ("types/heart-check", {"minutes": "45"}, "shorter times"),
        ("types/heart-check", {"name_it": " "}, "required"),
        ("types/heart-check", {"specialty": "magic"}, "not known"),
        ("types/heart-check", {"needs_0": "heart-check"}, "not known|cannot need itself"),
        ("types/heart-check", {"needs_0": "ecg", "needs_1": "ecg"}, "named twice"),
        ("types/heart-check", {"limit_B": "x"}, "within the bounds"),
        ("places/centro", {"zone": "Mars/Olympus"}, "no such time zone"),
        ("places/centro", {"zone": "../etc/passwd"}, "no such time zone"),
        ("places/centro", {"holidays": "ZZ"}, "No public holidays"),
        ("places/centro", {"latitude": "north"}, "degrees"),
        ("places/centro", {"latitude": ""}, "neither"),
        ("places/centro", {"country": "Italia"}, "two letters|too long"),
        ("rooms/new", {"name": "Sala 1", "location": "moon"}, "not known"),
        ("practitioners/new", {"name": "x", "id": "../x"}, "letters, digits"),
        ("practitioners/new", {"name": "x", "id": "bassi"}, "of this id already"),
    ],
)
async def test_nonsense_is_refused_and_kept_to_be_mended(
    client: httpx.AsyncClient, marta: Actor, address: str, change: dict[str, str], says: str
) -> None:
    answer = await save(client, f"{PAGE}/{address}", **change)
    assert answer.status_code == 422
    assert any(words in answer.text for words in says.split("|")), answer.text[-4000:]


async def test_two_who_change_one_thing(client: httpx.AsyncClient, marta: Actor) -> None:
    address = f"{PAGE}/types/heart-check"
    mine, theirs = await form_of(client, address, notice_hours="24"), await form_of(client, address, notice_hours="72")
    assert (await client.post(address, data=theirs)).status_code == 303
    answer = await client.post(address, data=mine)
    assert answer.status_code == 409
    assert "Somebody changed it meanwhile" in answer.text
    assert (await form_of(client, address))["notice_hours"] == "72"


async def test_a_role_that_loses_a_type_loses_it_in_its_calendars(
    house: House, client: httpx.AsyncClient, marta: Actor
) -> None:
    address = f"{PAGE}/roles/bassi-centro"
    form = await form_of(client, address)
    del form["services:ecg"]
    assert (await client.post(address, data=form | {"services:heart-check": "yes"})).status_code == 303
    rows = await house.db.fetch("select id, services from scheduling.schedule where role = 'bassi-centro' order by id")
    assert {row["id"]: row["services"] for row in rows} == {"bassi-centro": ["heart-check"], "bassi-short": []}


async def test_rooms_in_use_stay_and_strangers_keep_out(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, marta: Actor
) -> None:
    await save(client, f"{PAGE}/rooms/new", id="sala", name="Sala 1", location="centro", kind="room")
    await house.db.execute("update scheduling.schedule set resources = '{sala}' where id = 'neri-centro'")
    answer = await client.post(f"{PAGE}/rooms/sala/end")
    assert (answer.status_code, "A calendar needs it" in answer.text) == (409, True)
    for wrong in ("magic", "types/none"):
        assert (await client.get(f"{PAGE}/{wrong}")).status_code == 404
    await sign_in(client, "agent", "davide", language="en")
    assert (await client.get(f"{PAGE}/types")).status_code == 200
    assert (await client.get(f"{PAGE}/types/new")).status_code == 403
    assert (await client.post(f"{PAGE}/types/heart-check", data={})).status_code == 403
