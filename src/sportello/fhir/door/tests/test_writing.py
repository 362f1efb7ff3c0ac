"""Writing at the door: versions, conditions, patches, deletions, and the races of two who write at once."""

import asyncio
from typing import Any

import pytest

from sportello.fhir.store import links
from sportello.fhir.tests.cast import bianchi, giulia
from sportello.kit.house import House

SYSTEM = "http://hl7.it/sid/codiceFiscale"
BY_NUMBER = f"identifier={SYSTEM}|FRRGLI84C52D548X"


def nameless(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in giulia(**changes).items() if name != "id"}


async def test_create_and_what_is_told_of_it(arrive: Any) -> None:
    system = await arrive()
    answer = await system.ask("POST", "Patient", giulia())
    assert answer.status_code == 201
    made = answer.json()
    assert made["id"] != "giulia-ferri", "the server gives the id"
    assert answer.headers["location"].endswith(f"/fhir/R4/Patient/{made['id']}/_history/1")
    assert answer.headers["etag"] == 'W/"1"'
    assert (await system.get(f"Patient/{made['id']}"))["name"] == giulia()["name"]
    quiet = await system.ask("POST", "Patient", giulia(), prefer="return=minimal")
    assert (quiet.status_code, quiet.content) == (201, b"")
    told = await system.ask("POST", "Patient", giulia(), prefer="return=OperationOutcome")
    assert told.json()["resourceType"] == "OperationOutcome"


async def test_update_and_its_versions(arrive: Any) -> None:
    system = await arrive()
    assert (await system.ask("PUT", "Patient/giulia-ferri", giulia())).status_code == 201
    second = await system.ask("PUT", "Patient/giulia-ferri", nameless(active=True), if_match='W/"1"')
    assert (second.status_code, second.headers["etag"]) == (200, 'W/"2"')
    for tag in ('W/"1"', 'W/"9"', "nonsense"):
        late = await system.ask("PUT", "Patient/giulia-ferri", giulia(active=False), if_match=tag)
        assert late.status_code == 412
    assert (await system.get("Patient/giulia-ferri"))["active"] is True
    missing = await system.ask("PUT", "Patient/new-one", giulia(id="new-one"), if_match='W/"1"')
    assert missing.status_code == 412


@pytest.mark.parametrize(
    ("path", "body", "status", "place"),
    [
        ("Patient", [], 400, None),
        ("Patient", bianchi(), 400, "resourceType"),
        ("Patient/other", giulia(), 400, "Patient.id"),
        ("Patient/giulia-ferri", giulia(gender="f"), 422, "Patient.gender"),
        ("Patient/giulia-ferri", giulia(birthDate="12/03/1984"), 422, "Patient.birthDate"),
        ("Observation/x", {"resourceType": "Observation", "status": "final"}, 422, "Observation.code"),
        ("Patient/giulia-ferri", giulia(generalPractitioner=[{"reference": "my doctor"}]), 422, "Patient"),
        ("Patient/giulia-ferri", giulia(name=[{"family": "Fer\x00ri"}]), 400, None),
    ],
)
async def test_a_fault_is_told_with_its_place(arrive: Any, path: str, body: Any, status: int, place: Any) -> None:
    system = await arrive()
    answer = await system.ask("PUT" if "/" in path else "POST", path, body)
    assert answer.status_code == status
    assert answer.json()["issue"][0].get("expression", [None])[0] == place
    assert (await system.get("Patient"))["total"] == 0, "nothing was kept"


async def test_json_patch_and_merge_patch(arrive: Any, keep: Any) -> None:
    await keep(giulia())
    system = await arrive()
    patched = await system.ask(
        "PATCH", "Patient/giulia-ferri",
        [{"op": "test", "path": "/birthDate", "value": "1984-03-12"}, {"op": "add", "path": "/active", "value": True}],
        content_type="application/json-patch+json", if_match='W/"1"',
    )  # fmt: skip
    assert (patched.status_code, patched.json()["active"]) == (200, True)
    merged = await system.ask(
        "PATCH",
        "Patient/giulia-ferri",
        {"active": None, "gender": "other"},
        content_type="application/merge-patch+json",
    )
    assert (merged.json()["gender"], "active" in merged.json()) == ("other", False)
    for operations, status in (
        ([{"op": "test", "path": "/gender", "value": "male"}], 422),
        ([{"op": "remove", "path": "/nothing"}], 422),
        ([{"op": "replace", "path": "/id", "value": "x"}], 422),
        ([{"op": "replace", "path": "/gender", "value": "x"}], 422),
        ([{"op": "replace", "path": "/resourceType", "value": "Group"}], 400),
        ("nonsense", 422), ([3], 422), ([{}], 422), ({"op": "add"}, 422),
    ):  # fmt: skip
        answer = await system.ask(
            "PATCH", "Patient/giulia-ferri", operations, content_type="application/json-patch+json"
        )
        assert answer.status_code == status, operations
    assert (await system.get("Patient/giulia-ferri"))["meta"]["versionId"] == "3"
    gone = await system.ask("PATCH", "Patient/nobody", [], content_type="application/json-patch+json")
    assert gone.status_code == 404


async def test_delete_and_coming_back(arrive: Any, keep: Any) -> None:
    await keep(giulia())
    system = await arrive()
    assert (await system.ask("DELETE", "Patient/giulia-ferri", if_match='W/"4"')).status_code == 412
    for _ in range(2):
        assert (await system.ask("DELETE", "Patient/giulia-ferri")).status_code == 204
    assert (await system.ask("GET", "Patient/giulia-ferri")).status_code == 410
    told = await system.get("Patient/giulia-ferri/_history")
    assert [one["request"]["method"] for one in told["entry"]] == ["DELETE", "POST"]
    assert (await system.get("Patient/giulia-ferri/_history/1"))["name"] == giulia()["name"]
    back = await system.ask("PUT", "Patient/giulia-ferri", giulia())
    assert (back.status_code, back.headers["etag"]) == (201, 'W/"2"')


async def test_conditions(arrive: Any) -> None:
    system = await arrive()
    first = await system.ask("POST", "Patient", nameless(), if_none_exist=BY_NUMBER)
    again = await system.ask("POST", "Patient", nameless(), if_none_exist=BY_NUMBER)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    updated = await system.ask("PUT", f"Patient?{BY_NUMBER}", nameless(active=True))
    assert (updated.status_code, updated.json()["id"]) == (200, first.json()["id"])
    other = await system.ask("PUT", "Patient?identifier=http://x.org|new", giulia(id="given"))
    assert (other.status_code, other.json()["id"]) == (201, "given")
    assert (await system.ask("PUT", f"Patient?{BY_NUMBER}", nameless())).status_code == 412, "now there are two"
    assert (await system.ask("DELETE", "Patient?gender=female")).status_code == 412
    for path in ("Patient", "Patient?shoe=3"):
        for method in ("DELETE", "PUT"):
            assert (await system.ask(method, path, nameless())).status_code in (400, 412), "never all of them"
    assert (await system.ask("DELETE", "Patient?_id=given")).status_code == 204
    assert (await system.get("Patient"))["total"] == 1


async def test_twenty_conditional_creates_at_once_make_one(arrive: Any) -> None:
    system = await arrive()
    answers = await asyncio.gather(
        *(system.ask("POST", "Patient", nameless(), if_none_exist=BY_NUMBER) for _ in range(20))
    )
    assert sorted(one.status_code for one in answers) == [200] * 19 + [201]
    assert len({one.json()["id"] for one in answers}) == 1


async def test_of_many_who_update_one_version_one_wins(arrive: Any, keep: Any) -> None:
    await keep(giulia())
    system = await arrive()
    answers = await asyncio.gather(
        *(
            system.ask("PUT", "Patient/giulia-ferri", giulia(birthDate=f"1984-03-{day:02}"), if_match='W/"1"')
            for day in range(1, 11)
        )
    )
    assert sorted(one.status_code for one in answers) == [200] + [412] * 9
    assert (await system.get("Patient/giulia-ferri"))["meta"]["versionId"] == "2"


async def test_patches_at_once_all_count(arrive: Any, keep: Any) -> None:
    await keep(giulia())
    system = await arrive()
    answers = await asyncio.gather(
        *(
            system.ask(
                "PATCH", "Patient/giulia-ferri",
                [{"op": "add", "path": "/name/-", "value": {"text": f"Name {n}"}}],
                content_type="application/json-patch+json",
            )
            for n in range(8)
        )
    )  # fmt: skip
    assert {one.status_code for one in answers} == {200}
    assert len((await system.get("Patient/giulia-ferri"))["name"]) == 9


async def test_writing_needs_its_letters(house: House, arrive: Any, keep: Any) -> None:
    await keep(giulia())
    reader, creator = await arrive("system/*.rs"), await arrive("system/Patient.c")
    assert (await reader.ask("PUT", "Patient/giulia-ferri", giulia())).status_code == 403
    assert (await reader.ask("POST", "Patient", giulia())).status_code == 403
    assert (await creator.ask("PUT", "Patient/giulia-ferri", giulia(active=True))).status_code == 403
    assert (await creator.ask("POST", "Patient", giulia())).status_code == 201
    assert (await creator.ask("POST", "Patient", giulia(), if_none_exist=BY_NUMBER)).status_code == 403, "it asks"
    written = await house.db.fetchval("select count(*) from administration.audit_event where action = 'fhir.written'")
    assert written == 1


async def test_validating_keeps_nothing(arrive: Any) -> None:
    system = await arrive()
    fine = await system.ask("POST", "Patient/$validate", giulia())
    assert fine.json()["issue"][0]["severity"] == "information"
    bad = await system.ask(
        "POST", "Patient/$validate",
        {"resourceType": "Parameters",
         "parameter": [{"name": "resource", "resource": giulia(gender="f", birthDate="x")}]},
    )  # fmt: skip
    assert [one["expression"] for one in bad.json()["issue"]] == [["Patient.gender"], ["Patient.birthDate"]]
    assert (await system.get("Patient"))["total"] == 0


async def test_targets_of_references_are_checked_when_that_is_set(arrive: Any, keep: Any, house: House) -> None:
    await keep({"resourceType": "Patient", "id": "ada"},
               {"resourceType": "Condition", "id": "hidden", "meta": {"security": [{"code": "R"}]}})  # fmt: skip
    lab = await arrive()
    plan = {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": {"reference": "Patient/ada"}}
    wrong = plan | {"goal": [{"display": "x"}, {"reference": "Goal/none"}]}
    assert (await lab.ask("POST", "CarePlan", wrong)).status_code == 201
    assert "enforced" not in str((await lab.get("metadata"))["rest"])
    await house.db.run(lambda tx: links.set_link_check(tx, "exists", house.clock.now()))
    assert "enforced" in str((await lab.get("metadata"))["rest"])
    refused = await lab.ask("POST", "CarePlan", wrong)
    assert refused.status_code == 422
    assert refused.json()["issue"][0]["expression"] == ["CarePlan.goal[1].reference"]
    assert (await lab.ask("POST", "CarePlan", plan)).status_code == 201
    # What the token may not see is as if it were not there; what it may not read is not looked for.
    hidden = await lab.ask("POST", "CarePlan", plan | {"addresses": [{"reference": "Condition/hidden"}]})
    assert hidden.status_code == 422
    narrow = await arrive("system/CarePlan.cruds")
    assert (await narrow.ask("POST", "CarePlan", wrong)).status_code == 201
    # In a transaction entries point to one another, in a batch each stands for itself.
    goal = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "x"},
            "subject": {"reference": "Patient/ada"}}  # fmt: skip
    entries = [
        {"resource": plan | {"id": "p", "goal": [{"reference": "Goal/g"}]},
         "request": {"method": "PUT", "url": "CarePlan/p"}},
        {"resource": goal | {"id": "g"}, "request": {"method": "PUT", "url": "Goal/g"}},
    ]  # fmt: skip
    alone = await lab.ask("POST", "", {"resourceType": "Bundle", "type": "batch", "entry": entries})
    assert [one["response"]["status"][:3] for one in alone.json()["entry"]] == ["422", "201"]
    entries[0]["resource"] |= {"goal": [{"reference": "Goal/h"}]}
    entries[1] = {"resource": goal | {"id": "h"}, "request": {"method": "PUT", "url": "Goal/h"}}
    together = await lab.ask("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert together.status_code == 200
