"""Changing the care team: nothing else in it is lost, one main contact, nobody writes over somebody else unawares."""

import re
from typing import Any

import httpx
import pytest

from sportello.fhir import store
from sportello.kit.house import House
from sportello.record.tests.cast import GIULIA, RECORD, admit, of

AT = f"/desk/patient/{GIULIA}/team/members"
DOCTORS: list[dict[str, Any]] = [
    {"resourceType": "Practitioner", "id": name, "name": [{"family": name.title(), "prefix": ["Dott.ssa"]}]}
    for name in ("verdi", "bruni")
]
PPRF = {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "PPRF"}
TEAM = of(
    "CareTeam", "t1", status="active", name="\u00c9quipe", reasonCode=[{"text": "Diabete"}],
    participant=[
        {"role": [{"text": "Diabetologa", "coding": [{"code": "61894003"}, PPRF]}],
         "member": {"reference": "Practitioner/verdi"}, "onBehalfOf": {"display": "San Luca"}},
        {"member": {"reference": f"Patient/{GIULIA}"}},
        {"role": [{"text": "Dietista"}], "member": {"display": "Luca Neri"}, "period": {"start": "2024-01-01"}},
        {"role": [{"text": "Vecchio"}], "member": {"display": "Rosa Gallo"}, "period": {"end": "2020"}},
    ],
)  # fmt: skip


@pytest.fixture
async def paolo(house: House, client: httpx.AsyncClient, sign_in: Any) -> httpx.AsyncClient:
    """The care coordinator's browser."""
    await admit(house, *RECORD, *DOCTORS, TEAM)
    await sign_in(client, "care_coordinator", "paolo")
    return client


async def send(client: httpx.AsyncClient, **typed: str) -> httpx.Response:
    page = (await client.get(AT)).text
    hidden = dict(re.findall(r'name="(csrf|version)" value="([^"]*)"', page))
    return await client.post(AT, data=hidden | typed)


async def team(house: House) -> dict[str, Any]:
    async with house.db.transaction() as tx:
        found = await store.get(tx, "CareTeam", "t1")
    assert found
    return found


async def test_somebody_joins(house: House, paolo: httpx.AsyncClient) -> None:
    answer = await send(paolo, action="join", who="Practitioner/bruni", role="Cardiologa", since="2026-02-01")
    assert answer.status_code == 303
    kept = await team(house)
    assert kept | {"participant": kept["participant"][:4]} == TEAM
    assert kept["participant"][4] == {
        "role": [{"text": "Cardiologa"}], "period": {"start": "2026-02-01"},
        "member": {"reference": "Practitioner/bruni", "display": "Dott.ssa Bruni"},
    }  # fmt: skip
    shown = (await paolo.get(f"/desk/patient/{GIULIA}/team")).text
    assert "Cardiologa" in shown
    assert "/desk/scheduling/wizard" not in shown, "nobody keeps calendars in this house"


async def test_somebody_from_outside_joins_as_the_main_contact(house: House, paolo: httpx.AsyncClient) -> None:
    await send(paolo, action="join", name="Zia Rosa", phone="+39 333 1", role="Familiare", primary="yes")
    kept = (await team(house))["participant"]
    assert kept[0]["role"] == [{"text": "Diabetologa", "coding": [{"code": "61894003"}]}], "no main contact any more"
    assert kept[4]["role"][0]["coding"] == [PPRF]
    shown = (await paolo.get(f"/desk/patient/{GIULIA}/team")).text
    assert "Zia Rosa" in shown
    assert "+39 333 1" in shown
    assert "Zia Rosa" in (await paolo.get(AT)).text


async def test_membership_ends_and_the_main_contact_changes(house: House, paolo: httpx.AsyncClient) -> None:
    await send(paolo, action="primary", place="2")
    kept = (await team(house))["participant"]
    assert kept[2]["role"] == [{"text": "Dietista", "coding": [PPRF]}]
    assert kept[0]["role"][0]["coding"] == [{"code": "61894003"}]
    await send(paolo, action="leave", place="0")
    kept = (await team(house))["participant"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", kept[0]["period"]["end"])
    assert "Verdi" not in (await paolo.get(AT)).text.partition("<form")[2].partition("<h4>")[0].partition("<select")[0]
    assert "Verdi" in (await paolo.get(f"/desk/patient/{GIULIA}/team")).text, "among the former members"


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"action": "join", "role": "x"}, 422), ({"action": "join", "who": "Practitioner/none", "role": "x"}, 422),
        ({"action": "join", "who": "Practitioner/verdi", "name": "x", "role": "x"}, 422),
        ({"action": "join", "name": "x"}, 422),
        ({"action": "join", "name": "x", "role": "x", "since": "2026-99-01"}, 422),
        ({"action": "leave", "place": "1"}, 409), ({"action": "leave", "place": "99"}, 409), ({"action": "x"}, 409),
        ({"action": "leave", "place": "0", "version": "7"}, 409),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_told(
    house: House, paolo: httpx.AsyncClient, typed: dict[str, str], status: int
) -> None:
    assert (await send(paolo, **typed)).status_code == status
    assert await team(house) == TEAM


async def test_the_first_member_begins_the_team(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    await admit(house, *[one for one in RECORD if one["resourceType"] != "CareTeam"], *DOCTORS)
    await sign_in(client, "care_coordinator", "paolo")
    for who in ("verdi", "bruni"):
        assert (await send(client, action="join", who=f"Practitioner/{who}", role="Medico")).status_code == 303
    async with house.db.transaction() as tx:
        [kept] = await store.of_patient(tx, GIULIA, ("CareTeam",), hidden=[])
    assert [one["member"]["reference"] for one in kept["participant"]] == ["Practitioner/verdi", "Practitioner/bruni"]


async def test_only_who_may_changes_teams(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    await admit(house, *RECORD, *DOCTORS, TEAM)
    await sign_in(client, "agent", "elena")
    assert (await client.get(AT)).status_code == 403
    assert "team/members" not in (await client.get(f"/desk/patient/{GIULIA}/team")).text
