"""Bundles at the door: a transaction is all or nothing, a batch is each for itself."""

import asyncio
from typing import Any

from sportello.fhir.tests.cast import PATIENT_URN, VISIT_URN, bianchi, entry, giulia, visit, weight
from sportello.kit.house import House


def transaction(*entries: Any, kind: str = "transaction") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


async def statuses(system: Any, bundle: Any) -> list[str]:
    answer = await system.ask("POST", "", bundle)
    assert answer.status_code == 200, answer.text
    return [one["response"]["status"] for one in answer.json()["entry"]]


async def test_a_transaction_joins_what_belongs_together(arrive: Any, keep: Any) -> None:
    await keep(bianchi())
    system = await arrive()
    answer = await system.ask(
        "POST", "", transaction(entry(weight()), entry(visit(), VISIT_URN), entry(giulia(), PATIENT_URN))
    )
    told = answer.json()
    assert told["type"] == "transaction-response"
    measured, seen, person = (one["resource"] for one in told["entry"])
    assert [one["response"]["status"] for one in told["entry"]] == ["201"] * 3
    assert measured["subject"]["reference"] == f"Patient/{person['id']}"
    assert measured["encounter"]["reference"] == f"Encounter/{seen['id']}"
    assert seen["participant"][0]["individual"]["reference"] == "Practitioner/anna-bianchi"
    assert told["entry"][2]["response"]["location"].endswith(f"Patient/{person['id']}/_history/1")
    assert await system.ids(f"Observation?patient={person['id']}") == [measured["id"]]


async def test_one_fault_keeps_everything_out(arrive: Any, keep: Any, house: House) -> None:
    await keep(bianchi())
    system = await arrive()
    answer = await system.ask(
        "POST", "", transaction(
            entry(bianchi(), None, method="DELETE", url="Practitioner/anna-bianchi"),
            entry(giulia(), None, method="PUT", url="Patient/giulia-ferri"),
            entry(giulia(gender="f"), None, method="POST", url="Patient"),
        ),
    )  # fmt: skip
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[2].resource.Patient.gender"]
    assert (await system.get("Patient"))["total"] == 0
    assert (await system.get("Practitioner"))["total"] == 1
    written = await house.db.fetchval("select count(*) from administration.audit_event where action = 'fhir.written'")
    assert written == 0


async def test_the_order_of_a_transaction(arrive: Any, keep: Any) -> None:
    await keep(giulia())
    system = await arrive()
    assert await statuses(
        system,
        transaction(
            {"request": {"method": "GET", "url": "Patient?gender=female"}},
            entry(giulia(id="second"), None, method="PUT", url="Patient/second"),
            {"request": {"method": "DELETE", "url": "Patient/giulia-ferri"}},
        ),
    ) == ["200", "201", "204"]
    found = await system.ask("POST", "", transaction({"request": {"method": "GET", "url": "Patient?gender=female"}}))
    inner = found.json()["entry"][0]["resource"]
    assert [one["resource"]["id"] for one in inner["entry"]] == ["second"]


async def test_conditions_within_a_transaction(arrive: Any) -> None:
    system = await arrive()
    number = "identifier=http://hl7.it/sid/codiceFiscale|FRRGLI84C52D548X"
    bundle = transaction(
        entry(giulia(), PATIENT_URN, method="POST", url="Patient", ifNoneExist=number),
        entry(weight(), None, method="PUT", url="Observation/peso-1"),
    )
    bundle["entry"][1]["resource"].pop("encounter")
    assert await statuses(system, bundle) == ["201", "201"]
    assert await statuses(system, bundle) == ["200", "200"], "the same again finds what it made"
    assert (await system.get("Patient"))["total"] == 1
    late = transaction(entry(giulia(id="x"), None, method="PUT", url="Patient/x", ifMatch='W/"3"'))
    assert (await system.ask("POST", "", late)).status_code == 412
    unmet = weight() | {"subject": {"reference": "Patient?identifier=http://x.org|none"}}
    answer = await system.ask("POST", "", transaction(entry(unmet)))
    assert answer.status_code == 412
    twice = transaction(*(entry(giulia(id="t"), None, method="PUT", url="Patient/t") for _ in range(2)))
    assert (await system.ask("POST", "", twice)).status_code == 400


async def test_a_batch_is_each_for_itself(arrive: Any) -> None:
    system = await arrive()
    assert await statuses(
        system,
        transaction(
            entry(giulia(), None, method="PUT", url="Patient/giulia-ferri"),
            entry(giulia(gender="f")),
            {"request": {"method": "GET", "url": "Patient/giulia-ferri"}},
            {"request": {"method": "GET", "url": "Patient?birthdate=x"}},
            {"request": {"method": "DELETE", "url": "Nothing/1"}},
            {"request": {"method": "HEAD", "url": "Patient"}}, "nonsense", {},
            {"request": {"method": "GET", "url": "Patient?" + "name=x&" * 300}},
            {"request": {"method": "PUT", "url": "Patient/x"}, "resource": False},
            kind="batch",
        ),
    ) == ["201", "422", "200", "400", "404", "400", "400", "400", "400", "400"]  # fmt: skip


async def test_bundles_need_the_rights_of_their_entries(arrive: Any, keep: Any) -> None:
    await keep(giulia())
    reader = await arrive("system/Patient.rs")
    batch = transaction(
        {"request": {"method": "GET", "url": "Patient/giulia-ferri"}},
        {"request": {"method": "GET", "url": "Observation"}},
        entry(giulia(), None, method="PUT", url="Patient/giulia-ferri"),
        kind="batch",
    )
    assert await statuses(reader, batch) == ["200", "403", "403"]
    assert (await reader.ask("POST", "", transaction(entry(giulia())))).status_code == 403


async def test_what_is_no_bundle(arrive: Any) -> None:
    system = await arrive()
    for body in ([], {}, giulia(), transaction(kind="collection"), {**transaction(), "entry": {}}):
        assert (await system.ask("POST", "", body)).status_code == 400
    assert (await system.ask("POST", "", {**transaction(), "entry": [{}] * 5001})).status_code == 400


async def test_transactions_at_once_never_stand_in_each_others_way(arrive: Any) -> None:
    system = await arrive()
    people = [giulia(id=f"p-{n}") for n in range(12)]
    forth = [entry(one, None, method="PUT", url=f"Patient/{one['id']}") for one in people]
    back = [entry({**one, "active": True}, None, method="PUT", url=f"Patient/{one['id']}") for one in reversed(people)]
    answers = await asyncio.gather(
        *(system.ask("POST", "", transaction(*(forth if n % 2 else back))) for n in range(8))
    )
    assert {one.status_code for one in answers} == {200}
    told = {one["resource"].get("active") for one in (await system.get("Patient"))["entry"]}
    assert len(told) == 1, "each transaction wrote all or nothing"
