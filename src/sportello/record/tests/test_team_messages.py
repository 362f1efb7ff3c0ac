"""Colleagues write to each other about a patient: who can be reached, who has read, what reaches their desks."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx

from sportello.administration.testing import staff_member
from sportello.fhir import store
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.record.team_messages import accounts_of
from sportello.record.tests.cast import GIULIA, PEOPLE, admit, of

SignIn = Callable[..., Awaitable[Any]]
AT = f"/desk/patient/{GIULIA}/team/messages"
PART = {"HX-Request": "true"}
TEAM = of(
    "CareTeam", "squadra", status="active",
    participant=[
        {"member": {"reference": "Practitioner/anna-bianchi"}, "role": [{"text": "Diabetologa"}]},
        {"member": {"display": "Zia Rosa"}, "role": [{"text": "Caregiver"}]},
    ],
)  # fmt: skip


async def told(house: House, staff: Any) -> list[tuple[str, Any]]:
    return [(one.kind, one.body) for one in await house.streams.since(f"desk:{staff.id}", 0, audience="staff")]


async def test_a_member_is_written_to_reads_and_the_writer_sees_it(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await admit(house, *PEOPLE, TEAM)
    anna = await staff_member(house, "care_coordinator", "anna", "Anna Bianchi")
    await sign_in(client, "administrator", language="en")
    assert "Dott.ssa Anna Bianchi" in (await client.get("/desk/practitioners")).text
    assert (await client.post("/desk/practitioners/nobody", data={"staff": anna.id})).status_code == 404
    assert (await client.post("/desk/practitioners/anna-bianchi", data={"staff": "x"})).status_code == 404
    set_to = await client.post("/desk/practitioners/anna-bianchi", data={"staff": anna.id})
    assert set_to.status_code == 303
    elena = await sign_in(client, "agent", language="en")
    page = (await client.get(AT, headers=PART)).text
    assert "they have no account: Zia Rosa" in page
    assert "No account here" in (await client.get(f"/desk/patient/{GIULIA}/team", headers=PART)).text
    form = {"to": "anna-bianchi", "body": "Può richiamarla?\nGrazie", "once": str(uuid7())}
    for wrong, said in (({"to": "nobody"}, "Choose whom"), ({"body": " "}, "Write something"),
                        ({"body": "x" * 4001}, "At most 4000")):  # fmt: skip
        refused = await client.post(AT, data=form | wrong, headers=PART)
        assert refused.status_code == 422, wrong
        assert said in refused.text
    for _ in range(2):
        sent = await client.post(AT, data=form, headers=PART)
        assert sent.status_code == 200
    assert sent.text.count("Può richiamarla?") == 1
    assert "Anna Bianchi has not read it yet" in sent.text
    assert await told(house, anna) == [("team-message", {"name": elena.name})]
    await sign_in(client, "care_coordinator", "anna", language="en")
    side = (await client.get("/desk/team-messages", headers=PART)).text
    assert "Elena Conti Le scrive di Giulia Ferri" in side
    assert "Può richiamarla?" in (await client.get(f"{AT}?rows=1", headers=PART)).text
    assert "Giulia" not in (await client.get("/desk/team-messages", headers=PART)).text
    assert ("team-read", {}) in await told(house, anna), "what waited at her own desk goes"
    assert 'class="record-part"' in (await client.get(f"{AT}?page=yes", headers=PART)).text
    page = (await client.get(AT, headers=PART)).text  # answers who wrote, though Elena is in no care team
    assert f'value="@{elena.id}" checked' in page
    assert 'value="anna-bianchi"' not in page
    for to in ("anna-bianchi", f"@{anna.id}", f"@{uuid7()}"):
        assert (await client.post(AT, data={"to": to, "body": "Sì"}, headers=PART)).status_code == 422, to
    answer = await client.post(AT, data={"to": f"@{elena.id}", "body": "La chiamo oggi"}, headers=PART)
    assert "Elena Conti non lo ha ancora letto" in answer.text
    assert ("team-message", {"name": "Anna Bianchi"}) in await told(house, elena)
    assert ("team-read", {}) in await told(house, elena)
    await sign_in(client, "agent", language="en")
    assert "Read by Anna Bianchi" in (await client.get(AT, headers=PART)).text
    rows = await house.db.fetch("select detail from administration.audit_event where action = 'careteam.message'")
    assert [row["detail"] for row in rows] == [{"to": ["Anna Bianchi"]}, {"to": ["Elena Conti"]}]


async def test_who_may_not_read_records_neither_reads_nor_writes_nor_is_reached(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await admit(house, *PEOPLE, TEAM)
    chief = await staff_member(house, "administrator", "anna", "Anna Bianchi")
    async with house.db.transaction() as tx:
        await tx.execute("insert into record.colleague values ('anna-bianchi', $1)", UUID(chief.id))
    await sign_in(client, "agent", language="en")
    assert "they have no account: Dott.ssa Anna Bianchi" in (await client.get(AT, headers=PART)).text
    await sign_in(client, "administrator", "anna")
    for answer in (await client.get(AT), await client.post(AT, data={"body": "x"})):
        assert answer.status_code == 403


def test_an_account_is_known_by_what_was_said_or_by_one_address() -> None:
    ada, bea, cora = uuid7(), uuid7(), uuid7()
    mail = {"telecom": [{"system": "email", "value": "Ada@example.org"}]}
    people = [{"id": "a", **mail}, {"id": "b"}, {"id": "c", "telecom": [{"system": "email", "value": "two@x.org"}]}]
    accounts = [(ada, "ada@example.org"), (bea, "two@x.org"), (cora, "two@x.org"), (uuid7(), "")]
    assert accounts_of(people, {"b": bea}, accounts) == {"a": ada, "b": bea}
    assert accounts_of(people, {"a": cora}, accounts)["a"] == cora


async def test_messages_stay_with_the_patient_when_records_are_merged(house: House) -> None:
    from sportello.record import merging, team_messages

    await admit(house, *PEOPLE, TEAM)
    paolo = await staff_member(house, "care_coordinator", "paolo", "Paolo Serra")
    anna = await staff_member(house, "agent", "anna", "Anna Bianchi")
    known = {"anna-bianchi": team_messages.Colleague(UUID(anna.id), anna.name)}
    async with house.db.transaction() as tx:
        twin = {"resourceType": "Patient", "id": "twin"}
        await store.put(tx, twin)
        await team_messages.send(house, tx, paolo, twin, uuid7(), "Ciao", ["anna-bianchi"], known)
    seen = {GIULIA: 1, "twin": 1}
    made = await house.db.run(lambda tx: merging.merge(house, tx, paolo, GIULIA, "twin", seen=seen))

    async def about(patient: str) -> list[str]:
        async with house.db.transaction() as tx:
            return [one.body for one in (await team_messages.thread(house, tx, paolo, patient))[1]]

    assert await about(GIULIA) == ["Ciao"]
    await house.db.run(lambda tx: merging.undo(house, tx, paolo, made))
    assert await about(GIULIA) == []
    assert await about("twin") == ["Ciao"]
