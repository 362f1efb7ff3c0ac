"""The record's screens at a wall and in a hand: with a record odd in every way, and with the largest at hand."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from sportello.administration.privacy import erasing
from sportello.administration.testing import staff_member
from sportello.fhir import store
from sportello.fhir.importing import import_bundle
from sportello.fhir.tests.test_shared_data import data
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.record.tests.cast import PEOPLE
from sportello.record.tests.test_browser import Desk, desk  # noqa: F401  a fixture

SIZES = {"wall": (2560, 1440), "hand": (320, 640)}
_OVER = "() => document.documentElement.scrollWidth - innerWidth"
LONG = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 3
WORDS = "Riferito dalla figlia al telefono, da rivedere con il medico curante prima della dimissione. " * 12
RTL = "\u202bمريم بنت عبد الرحمن\u202c"


def odd(patient: str) -> Iterator[dict[str, Any]]:
    """Everything that makes a layout give way: without spaces, without end, without anything, in every script."""
    ref = {"reference": f"Patient/{patient}", "display": RTL}
    yield {"resourceType": "Patient", "id": patient, "birthDate": "1899", "deceasedDateTime": "2026-01-01",
           "name": [{"family": LONG, "given": [RTL, "\U0001f9d1\u200d\u2695\ufe0f", "x"]}, {"text": WORDS}],
           "identifier": [{"system": f"urn:{n}", "value": f"{LONG}{n}"} for n in range(6)],
           "telecom": [{"system": "email", "value": f"{LONG}@posta.example", "rank": 1}],
           "address": [{"line": [LONG, WORDS], "city": "X"}],
           "communication": [{"language": {"text": WORDS}, "preferred": True}],
           "generalPractitioner": [{"display": LONG}]}  # fmt: skip
    for n in range(12):
        yield {"resourceType": "AllergyIntolerance", "id": f"a{n}", "patient": ref,
               "code": {"text": LONG if n % 2 else WORDS}, "criticality": "high",
               "reaction": [{"manifestation": [{"text": WORDS}]}]}  # fmt: skip
        yield {"resourceType": "Flag", "id": f"f{n}", "status": "active", "subject": ref, "code": {"text": LONG}}
        yield {"resourceType": "Encounter", "id": f"e{n}", "status": "finished", "class": {"code": "AMB"},
               "subject": ref, "type": [{"text": LONG}], "reasonCode": [{"text": WORDS}],
               "period": {"start": f"20{n:02}-02-30" if n % 3 else f"20{n:02}-02-28T10:00:00+01:00"},
               "participant": [{"individual": {"display": f"{LONG} {m}"}} for m in range(20)]}  # fmt: skip
        yield {"resourceType": "Observation", "id": f"o{n}", "status": "final", "subject": ref,
               "code": {"text": RTL if n % 2 else LONG}, "encounter": {"reference": f"Encounter/e{n}"},
               "valueQuantity": {"value": 10**n + 0.123456789, "unit": LONG[:40]}}  # fmt: skip
        yield {"resourceType": "Observation", "id": f"v{n}", "status": "final", "subject": ref, "code": {},
               "category": [{"coding": [{"code": "vital-signs"}]}], "valueString": WORDS}  # fmt: skip
        yield {"resourceType": "MedicationRequest", "id": f"m{n}", "status": "unknown", "intent": "order",
               "subject": ref, "medicationCodeableConcept": {"text": LONG},
               "dosageInstruction": [{"text": WORDS}]}  # fmt: skip
        yield {"resourceType": "Communication", "id": f"c{n}", "status": "completed", "subject": ref,
               "sent": f"2026-01-{n + 1:02}T10:00:00Z", "topic": {"text": LONG},
               "payload": [{"contentString": WORDS}]}  # fmt: skip
    yield {"resourceType": "CarePlan", "id": "piano", "status": "active", "intent": "plan", "subject": ref,
           "title": LONG, "description": WORDS, "addresses": [{"display": LONG}], "note": [{"text": WORDS}],
           "goal": [{"display": LONG}, {"reference": "Goal/nessuno"}],
           "activity": [
               {"detail": {"description": LONG, "status": "not-started", "scheduledString": WORDS}}] * 9}  # fmt: skip
    yield {"resourceType": "CarePlan", "id": "vuoto", "status": "active", "intent": "plan", "subject": ref}
    yield {"resourceType": "CareTeam", "id": "squadra", "status": "active", "subject": ref, "name": LONG,
           "participant": [{"role": [{"text": LONG}], "member": {"display": f"{RTL} {n}"},
                            "onBehalfOf": {"display": LONG}} for n in range(30)]}  # fmt: skip


def largest(place: Path) -> Path:
    return max(place.glob("synthea-r4/**/*.json"), key=lambda file: file.stat().st_size)


def examples(place: Path) -> list[dict[str, Any]]:
    """What HL7's own examples say of their patient, the oddest record there is."""
    found = {}
    for file in sorted(place.glob("hl7-r4-examples/**/*.json")):
        one = json.loads(file.read_text())
        who = [one.get(field) for field in ("subject", "patient", "beneficiary")]
        theirs = {each.get("reference") for each in who if isinstance(each, dict)}
        if "Patient/example" in theirs or (one.get("resourceType"), one.get("id")) == ("Patient", "example"):
            found[one["resourceType"], one.get("id")] = one
    return [one for (_, name), one in found.items() if name]


async def _patient(house: House, which: str) -> str:
    place = data()
    if which != "odd" and place is None:
        pytest.skip("no shared/data beside the checkout")
    async with house.db.transaction() as tx:
        twin = {
            "resourceType": "Patient",
            "id": "sosia",
            "name": [{"family": LONG, "given": [RTL]}],
            "birthDate": "1899",
        }
        await store.put_many(tx, [twin, *PEOPLE])
        if which == "odd":
            await store.put_many(tx, list(odd("strana")))
            return "strana"
        assert place is not None
        if which == "examples":
            await store.put_many(tx, examples(place))
            return "example"
        await import_bundle(tx, json.loads(largest(place).read_text()))
        return str(await tx.fetchval("select patient from fhir.resource where patient is not null group by 1"
                                     " order by count(*) desc limit 1"))  # fmt: skip


async def judged(page: Page, name: str, size: str) -> list[str]:
    width, height = SIZES[size]
    await page.set_viewport_size({"width": width, "height": height})
    if folder := os.environ.get("SPORTELLO_PICTURES"):
        await page.screenshot(path=f"{folder}/{name}-{size}.png", full_page=width < 1000, animations="disabled")
    found = await Axe().run(page)
    wrong = [f"{name} {size}: {found.generate_report()[:1500]}"] if found.violations_count else []
    over = await page.evaluate(_OVER)
    return [*wrong, *([f"{name} {size}: {over} px too wide"] if over > 0 else [])]


@pytest.mark.parametrize("which", ["odd", "largest", "examples"])
async def test_the_record_s_screens_at_a_wall_and_in_a_hand(house: House, desk: Desk, which: str) -> None:  # noqa: F811
    patient = await _patient(house, which)
    elena, erasure = await staff_member(house, "agent"), uuid7()
    await house.db.run(lambda tx: erasing.ask(house, tx, elena, erasure, patient, WORDS[:500], "staff"))
    at, language = f"/desk/patient/{patient}", {"odd": "it"}.get(which, "en")
    screens = {
        "record": at, "plan": f"{at}?part=plan", "team": f"{at}?part=team", "contacts": f"{at}?part=contacts",
        "merge": f"{at}/merge?with=sosia", "erasure": f"/desk/privacy/erasures/{erasure}",
    }  # fmt: skip
    page = await desk("/desk/patients", language, role="supervisor", color_scheme="dark" if which == "odd" else "light")
    wrong = []
    for name, path in screens.items():
        await page.goto(page.url.partition("/desk")[0] + path)
        for size in SIZES:
            wrong += await judged(page, f"{which}-{name}-{language}", size)
    assert not wrong, "\n".join(wrong)
