"""A token in a person's name at the FHIR door: as far as its scopes and as far as their role, whichever ends sooner."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from sportello.administration import accounts, machines, store
from sportello.administration.actor import SYSTEM, Actor
from sportello.administration.permissions import Permission
from sportello.administration.testing import staff_member
from sportello.kit.house import House
from sportello.record.tests.cast import GIULIA, admit, of

SignIn = Callable[..., Awaitable[Any]]
SECRET = of("Condition", "segreta", code={"text": "Zzyzx"}, meta={"security": [{"code": "R"}]})
SENSITIVE = Permission.PATIENT_READ_SENSITIVE.value


class Door:
    """The door with one token."""

    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self.client, self.headers = client, {"authorization": f"Bearer {token}"}

    async def __call__(self, path: str, method: str = "GET", body: Any = None) -> httpx.Response:
        return await self.client.request(method, f"/fhir/R4/{path}", headers=self.headers, json=body)


async def door(house: House, client: httpx.AsyncClient, person: Actor | None, *scopes: str) -> Door:
    async with house.db.transaction() as tx:
        token = await machines.issue(
            house,
            tx,
            SYSTEM,
            "fhir",
            list(scopes),
            "Tablet",
            timedelta(days=1),
            staff=UUID(person.id) if person else None,
        )
    return Door(client, token)


async def grant(house: House, role: str, *permissions: str) -> None:
    async with house.db.transaction() as tx:
        await store.set_permissions(tx, role, [*sorted(await store.permissions_of(tx, role)), *permissions])


async def test_a_person_s_token_sees_what_their_role_sees(house: House, client: httpx.AsyncClient) -> None:
    await admit(house, SECRET)
    elena = await staff_member(house, "agent", "elena2")
    paolo = await staff_member(house, "care_coordinator", "paolo2")
    rita = await staff_member(house, "administrator", "rita2")
    for person, scopes, status, seen in (
        (elena, ("user/*.rs",), 200, False),
        (elena, ("user/*.rs", SENSITIVE), 200, False),
        (paolo, ("user/*.rs",), 200, False),
        (paolo, ("user/*.rs", SENSITIVE), 200, True),
        (rita, ("user/*.cruds", SENSITIVE), 403, False),  # who manages accounts reads no records
        (None, ("user/*.cruds", SENSITIVE), 403, False),  # a user's scope without a user
        (paolo, ("system/*.rs", "*", SENSITIVE), 403, False),  # a system's scope in a person's hand
        (paolo, ("user/Patient.rs", SENSITIVE), 403, False),
    ):
        ask = await door(house, client, person, *scopes)
        for path in ("Condition", "Condition/_history", f"Patient/{GIULIA}/Condition"):
            answer = await ask(path)
            assert (answer.status_code, "Zzyzx" in answer.text) == (status, seen), (scopes, path)
        everything = await ask(f"Patient/{GIULIA}/$everything")
        assert ("Zzyzx" in everything.text) == seen
        assert (await ask("$export")).status_code == 403


async def test_it_follows_the_role_and_ends_with_the_account(house: House, client: httpx.AsyncClient) -> None:
    await admit(house, SECRET)
    elena = await staff_member(house, "agent", "elena2")
    await staff_member(house, "administrator")
    ask = await door(house, client, elena, "user/*.rs", SENSITIVE)
    assert "Zzyzx" not in (await ask("Condition")).text
    await grant(house, "agent", SENSITIVE)
    assert "Zzyzx" in (await ask("Condition")).text
    async with house.db.transaction() as tx:
        row = await store.staff_by_id(tx, UUID(elena.id))
        await accounts.change_staff(
            house, tx, SYSTEM, row["id"], name=row["name"], email=row["email"], role=row["role"],
            language=row["language"], active=False,
        )  # fmt: skip
    assert (await ask("Condition")).status_code == 401


async def test_parts_withheld_from_a_role_are_withheld_at_the_door(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    addressed = [{"reference": "Condition/asma", "display": "Asma"}]
    narrative = {"status": "generated", "div": "<div>Asma</div>"}
    plan = of("CarePlan", "piano", status="active", intent="plan", addresses=addressed, text=narrative)
    await admit(house, of("Condition", "asma", code={"text": "Asma"}), of("AllergyIntolerance", "acari"), plan)
    elena = await staff_member(house, "agent", "elena2")
    ask = await door(house, client, elena, "user/*.rs")
    assert "<div>Asma" in (await ask("CarePlan/piano")).text
    await sign_in(client, "administrator")
    await client.post("/desk/parts/agent", data={"part": ["warnings", "plan", "contacts"]})
    for kind in ("Patient", "AllergyIntolerance", "CarePlan", "Practitioner"):
        assert (await ask(kind)).status_code == 200, kind
    for kind in ("Condition", "Encounter", "CareTeam", "Appointment"):
        assert (await ask(kind)).status_code == 403, kind
    for path in ("CarePlan/piano", "CarePlan", "CarePlan/_history", f"Patient/{GIULIA}/$everything"):
        answer = await ask(path)
        assert "Condition/asma" in answer.text
        assert "Asma" not in answer.text, "a plan does not tell of the problems that the role is not shown"
    everything = (await ask(f"Patient/{GIULIA}/$everything")).json()
    assert {one["resource"]["resourceType"] for one in everything["entry"]} <= {
        "Patient", "AllergyIntolerance", "Flag", "CarePlan", "Goal", "Consent", "Communication", "Practitioner",
        "PractitionerRole", "Organization", "Location",
    }  # fmt: skip
    told = (await ask("_history")).json()
    assert not {"Condition", "Encounter"} & {one["resource"]["resourceType"] for one in told["entry"]}
    found = await ask("Patient?_revinclude=Condition:subject&_revinclude=CarePlan:subject")
    assert "Condition/" not in {one["fullUrl"].rsplit("/", 2)[-2] + "/" for one in found.json()["entry"]}


async def test_a_person_writes_at_the_door_what_they_write_at_the_desk(house: House, client: httpx.AsyncClient) -> None:
    await admit(house)
    plan = {"resourceType": "CarePlan", "status": "active", "intent": "plan",
            "subject": {"reference": f"Patient/{GIULIA}"}}  # fmt: skip
    problem = {"resourceType": "Condition", "subject": {"reference": f"Patient/{GIULIA}"}}
    elena = await door(house, client, await staff_member(house, "agent", "elena2"), "user/*.cruds")
    paolo = await door(house, client, await staff_member(house, "care_coordinator", "paolo2"), "user/*.cruds")
    narrow = await door(house, client, await staff_member(house, "care_coordinator", "paola2"), "user/*.rs")
    assert (await paolo("CarePlan", "POST", plan)).status_code == 201
    for ask, kind, body in ((elena, "CarePlan", plan), (narrow, "CarePlan", plan), (paolo, "Condition", problem),
                            (paolo, "Subscription", {"resourceType": "Subscription"})):  # fmt: skip
        assert (await ask(kind, "POST", body)).status_code == 403, kind
    row = await house.db.fetchrow(
        "select actor_kind, actor_name from administration.audit_event where action = 'fhir.written'"
    )
    assert dict(row or {}) == {"actor_kind": "machine", "actor_name": "Paolo2 (Tablet)"}, "the trail says in whose name"


async def test_a_plan_does_not_name_a_hidden_problem_nor_lose_it(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    named = {"reference": "Condition/segreta", "display": "Zzyzx"}
    plan = of("CarePlan", "con-segreto", status="active", intent="plan", title="Piano", addresses=[named])
    await admit(house, SECRET, plan)
    await grant(house, "agent", Permission.CAREPLAN_WRITE)
    await sign_in(client, "agent")
    for page in ("", "/plan", "/plans/con-segreto"):
        answer = await client.get(f"/desk/patient/{GIULIA}{page}")
        assert answer.status_code == 200, page
        assert "Zzyzx" not in answer.text, page
    await sign_in(client, "care_coordinator")
    assert "Zzyzx" in (await client.get(f"/desk/patient/{GIULIA}/plan")).text
