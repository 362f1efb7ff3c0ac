"""What is sensitive leaves by no way: each way out of the door is tried with a token that may not see it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sportello.fhir import store
from sportello.fhir.door.tests.conftest import Arrive
from sportello.fhir.tests.cast import bianchi, giulia
from sportello.kit.house import House

LABEL = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}
GIULIA = {"reference": "Patient/giulia-ferri"}
WORD = "Zzyzx"  # stands in whatever must not be told
NAMED = {"reference": "Condition/secret", "display": WORD, "identifier": {"value": WORD}}
NARRATIVE = {"status": "generated", "div": f"<div xmlns='http://www.w3.org/1999/xhtml'>{WORD}</div>"}
INSIDE = {"resourceType": "Condition", "id": "within", "meta": LABEL, "code": {"text": WORD}, "subject": GIULIA}
OPEN_INSIDE = {"resourceType": "Condition", "id": "open", "code": {"text": "Asma"}, "subject": GIULIA}
MASKED = [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]
SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
Keep = Callable[..., Awaitable[None]]


def record() -> list[dict[str, Any]]:
    """A hidden problem and result, and what is not hidden but speaks of them: a visit and an assessment in their
    narratives, a plan that contains another hidden one, a bundle that was kept whole.
    """
    secret: dict[str, Any] = {"meta": LABEL, "subject": GIULIA}
    return [
        giulia(), bianchi(),
        {"resourceType": "Condition", "id": "secret", "code": {"text": WORD}, **secret},
        {"resourceType": "Observation", "id": "secret-result", "status": "final", "code": {"text": WORD},
         "performer": [{"reference": "Practitioner/anna-bianchi"}], "focus": [{"reference": "ClinicalImpression/view"}],
         **secret},
        {"resourceType": "ClinicalImpression", "id": "view", "status": "completed", "subject": GIULIA,
         "text": NARRATIVE, "note": [{"text": "rivalutare"}]},
        {"resourceType": "Bundle", "id": "kept", "type": "collection", "entry": [
            {"resource": INSIDE}, {"resource": OPEN_INSIDE | {"text": NARRATIVE, "evidence": [{"detail": [NAMED]}]}},
            {"resource": {"resourceType": "Condition", "id": "secret", "code": {"text": WORD}, "subject": GIULIA}}]},
        {"resourceType": "Encounter", "id": "visit", "status": "finished", "class": {"code": "AMB"}, "subject": GIULIA,
         "text": NARRATIVE, "reasonReference": [NAMED], "diagnosis": [{"condition": NAMED}],
         "participant": [{"individual": {"reference": "Practitioner/anna-bianchi", "display": "Anna Bianchi"}}]},
        {"resourceType": "CarePlan", "id": "plan", "status": "active", "intent": "plan", "subject": GIULIA,
         "addresses": [NAMED, {"reference": "#within", "display": WORD}, {"reference": "#open", "display": "Asma"}],
         "contained": [INSIDE, OPEN_INSIDE], "title": "Piano"},
    ]  # fmt: skip


WAYS = """
Condition Condition/secret Condition/secret/_history Condition/secret/_history/1 Condition?_summary=count
Condition?_id=secret Condition?_security=R Condition?_lastUpdated=gt2000 Condition?_elements=code
Patient/giulia-ferri/Condition Patient/giulia-ferri/$everything Patient/giulia-ferri/$everything?_type=Condition
Patient?_revinclude=Condition:subject Patient?_id=giulia-ferri&_revinclude=Observation:subject
Practitioner?_revinclude=Observation:performer Encounter Encounter/visit Encounter/visit/_history
Encounter/visit/_history/1 Encounter?_include=* Encounter?_include=Encounter:reason-reference
Encounter?_include=Encounter:diagnosis CarePlan
CarePlan/plan?_summary=true CarePlan?_include=CarePlan:condition
CarePlan?_elements=addresses Patient/giulia-ferri/CarePlan Patient/giulia-ferri/$everything?_type=CarePlan,Encounter
ClinicalImpression ClinicalImpression/view ClinicalImpression/_history Patient/giulia-ferri/ClinicalImpression
Bundle Bundle/kept Bundle/kept/_history/1 Bundle/_history
Encounter?_sort=reason-reference _history Condition/_history Encounter/_history CarePlan/_history
""".split()


@pytest.mark.parametrize("path", WAYS)
async def test_no_way_of_reading_tells_it(arrive: Arrive, keep: Keep, path: str) -> None:
    await keep(*record())
    usual, trusted = await arrive("*"), await arrive("*", "patient.read_sensitive")
    answer = await usual.ask("GET", path)
    assert WORD not in answer.text
    assert '"secret' not in answer.text
    if answer.status_code == 200 and "entry" in answer.json() and "CarePlan" in path:
        assert "Condition" not in [entry["resource"]["resourceType"] for entry in answer.json()["entry"]]
    told = await trusted.ask("GET", path)
    assert told.status_code == 200
    assert WORD in told.text or "count" in path or "_elements=code" in path, "and whoever may see it does"


async def test_a_chain_finds_nothing_by_what_is_hidden(arrive: Arrive, keep: Keep) -> None:
    await keep(*record())
    usual, trusted = await arrive("*"), await arrive("*", "patient.read_sensitive")
    for path in ("CarePlan?condition:Condition.code:text=Zzyzx", "Encounter?reason-reference:Condition.code:text=Zz"):
        assert await usual.ids(path) == []
        assert len(await trusted.ids(path)) == 1
    assert (await usual.get("Condition?_total=accurate"))["total"] == 0
    made = await usual.ask("POST", "Condition", {"resourceType": "Condition", "subject": GIULIA},
                           if_none_exist="code:text=Zzyzx")  # fmt: skip
    assert made.status_code == 201, "a condition is met by what may be seen"


async def test_bundles_and_posted_searches_tell_no_more(arrive: Arrive, keep: Keep) -> None:
    await keep(*record())
    usual = await arrive("*")
    for kind in ("batch", "transaction"):
        asks = ["Condition?_lastUpdated=gt2000", "Encounter/visit", "CarePlan?_include=*",
                "Patient/giulia-ferri/$everything", "Encounter/visit/_history", "_history"]  # fmt: skip
        asks += ["Condition/secret", "Condition/secret/_history"] if kind == "batch" else []
        entries = [{"request": {"method": "GET", "url": url}} for url in asks]
        answer = await usual.ask("POST", "", {"resourceType": "Bundle", "type": kind, "entry": entries})
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["entry"]) == len(asks)
        assert WORD not in answer.text
    for path, form in (("Condition", {"code:text": WORD}), ("Encounter", {"_include": "*"})):
        posted = await usual.http.post(f"/fhir/R4/{path}/_search", data=form, headers=usual.headers)
        assert posted.status_code == 200
        assert WORD not in posted.text.replace(f"code%3Atext={WORD}", "")


async def test_writing_tells_nothing_and_takes_nothing_away(house: House, arrive: Arrive, keep: Keep) -> None:
    await keep(*record())
    usual = await arrive("*")
    for wrong in ('W/"7"', ""):
        for method in ("PUT", "DELETE"):
            body = record()[2] if method == "PUT" else None
            answer = await usual.ask(method, "Condition/secret", body, if_match=wrong)
            assert (answer.status_code, "version" in answer.text) == (403, False)
    plan = await usual.get("CarePlan/plan")
    masked = {"id": "within", "extension": MASKED}
    assert plan["addresses"] == [{"reference": "Condition/secret"}, masked, {"reference": "#open", "display": "Asma"}]
    assert [one["id"] for one in plan["contained"]] == ["open"]
    assert plan["meta"]["tag"] == [SUBSETTED]
    answer = await usual.ask("PUT", "CarePlan/plan", plan | {"title": "Piano nuovo"})
    assert (answer.status_code, WORD in answer.text) == (200, False)
    patches = [
        [{"op": "test", "path": "/addresses/0/display", "value": WORD}],
        [{"op": "copy", "from": "/addresses/0/display", "path": "/description"}],
        [{"op": "replace", "path": "/status", "value": "on-hold"}],
    ]
    for patch, status in zip(patches, (422, 422, 200), strict=True):
        answer = await usual.ask("PATCH", "CarePlan/plan", patch, content_type="application/json-patch+json")
        assert (answer.status_code, WORD in answer.text) == (status, False)
    async with house.db.transaction() as tx:
        kept = await store.get(tx, "CarePlan", "plan")
    assert kept is not None
    before = record()[-1]
    assert (kept["title"], kept["status"], kept["addresses"]) == ("Piano nuovo", "on-hold", before["addresses"])
    assert {one["id"]: one for one in kept["contained"]} == {"within": INSIDE, "open": OPEN_INSIDE}
    assert "meta" not in kept, "what stands there is all there is"


@pytest.mark.parametrize("place", range(len(record())))
async def test_what_is_read_and_written_back_is_whole(house: House, arrive: Arrive, keep: Keep, place: int) -> None:
    await keep(*record())
    usual, one = await arrive("*"), record()[place]
    kind, name = one["resourceType"], one["id"]
    answer = await usual.ask("GET", f"{kind}/{name}")
    if answer.status_code == 200:
        assert (await usual.ask("PUT", f"{kind}/{name}", answer.json())).status_code == 200
    async with house.db.transaction() as tx:
        kept = await store.get(tx, kind, name) or {}
    for field in ("contained", "entry"):
        listed = [each.get("resource", each) for each in kept.get(field, [])]
        wanted = [each.get("resource", each) for each in one.get(field, [])]
        assert sorted(listed, key=str) == sorted(wanted, key=str)
    assert {**kept, "contained": 0, "entry": 0} == {**one, "contained": 0, "entry": 0}
    if kind == "ClinicalImpression":
        assert answer.json()["note"] == [{"text": "rivalutare"}], "a note is judged with what it stands in"
        assert "text" not in answer.json()


async def test_a_narrative_that_tells_of_nothing_hidden_stays(arrive: Arrive, keep: Keep) -> None:
    plain = {"resourceType": "ClinicalImpression", "id": "plain", "status": "completed", "subject": GIULIA,
             "problem": [{"reference": "Condition/asma"}], "text": NARRATIVE}  # fmt: skip
    await keep(giulia(), plain, {"resourceType": "Condition", "id": "asma", "subject": GIULIA})
    told = await (await arrive("*")).get("ClinicalImpression/plain")
    assert (told["text"], told["meta"].get("tag")) == (NARRATIVE, None)


async def test_a_condition_goes_through_no_type_beyond_the_scopes(arrive: Arrive, keep: Keep) -> None:
    await keep(*record())
    some = await arrive("system/Observation.cruds", "system/Subscription.cruds")
    body = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": GIULIA}
    for header in ("subject:Patient.name=ferri", "subject:Patient.name=nobody"):
        assert (await some.ask("POST", "Observation", body, if_none_exist=header)).status_code == 403
        assert (await some.ask("PUT", f"Observation?{header}", body)).status_code == 403
        url = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria"
        wish = {
            "resourceType": "Subscription", "status": "requested", "reason": "x",
            "criteria": "urn:sportello:topic:Observation",
            "_criteria": {"extension": [{"url": url, "valueString": f"Observation?{header}"}]},
            "channel": {"type": "rest-hook", "endpoint": "https://engine.hospital.example/hook"},
        }  # fmt: skip
        assert (await some.ask("POST", "Subscription", wish)).status_code == 403


async def test_what_was_hidden_and_then_deleted_has_no_history(arrive: Arrive, keep: Keep) -> None:
    plain = {"resourceType": "Condition", "id": "later", "code": {"text": WORD}, "subject": GIULIA}
    await keep(plain)
    await keep(plain | {"meta": LABEL})
    usual, trusted = await arrive("*"), await arrive("*", "patient.read_sensitive")
    for _ in ("while it stands", "when it is gone"):
        for path in ("Condition/later", "Condition/later/_history", "Condition/later/_history/1", "Condition/_history"):
            assert WORD not in (await usual.ask("GET", path)).text, path
        assert (await usual.ask("GET", "Condition/later")).status_code == 404
        assert WORD in (await trusted.ask("GET", "Condition/later/_history")).text
        assert WORD in (await trusted.ask("GET", "Condition/_history")).text
        await trusted.ask("DELETE", "Condition/later")
