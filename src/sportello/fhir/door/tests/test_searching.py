"""Searching at the door: what each kind of parameter finds, what pages show while data changes, what comes along."""

from typing import Any

import pytest

from sportello.fhir.tests.cast import bianchi, giulia
from sportello.kit.house import House

LOINC = "http://loinc.org"


def people() -> list[dict[str, Any]]:
    return [
        giulia(generalPractitioner=[{"reference": "Practitioner/anna-bianchi"}]),
        giulia(id="niccolo", name=[{"family": "D\u2019Este", "given": ["Niccol\u00f2", "Maria"]}],
               birthDate="2001-12-31",
               gender="male", identifier=[{"system": "http://x.org", "value": "FRRGLI84C52D548X"}],
               telecom=[{"system": "email", "value": "Niccolo@Example.org"}]),
        giulia(id="nobody", name=[{"text": "Sconosciuto, il"}], identifier=[], telecom=[], gender="unknown"),
    ]  # fmt: skip


def result(name: str, at: str, value: float, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "id": name, "status": "final", "effectiveDateTime": at,
        "code": {"coding": [{"system": LOINC, "code": "718-7", "display": "Hemoglobin"}], "text": "Emoglobina"},
        "subject": {"reference": "Patient/giulia-ferri"}, "performer": [{"reference": "Practitioner/anna-bianchi"}],
        "valueQuantity": {"value": value, "unit": "g/dL", "system": "http://unitsofmeasure.org", "code": "g/dL"},
        **more,
    }  # fmt: skip


def results() -> list[dict[str, Any]]:
    secret = {"system": "http://x.org", "value": "L-7"}
    return [
        result("r1", "2026-01-10", 12.1),
        result("r2", "2026-02-10T09:00:00+01:00", 13.45, status="amended"),
        result("r3", "2026-03", 9, identifier=[secret], subject={"reference": "Patient/niccolo"}),
        result("r4", "2026-03-31T23:30:00Z", 15, subject={"identifier": secret}),
    ]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("Patient?name=ferri", "giulia-ferri"),
        ("Patient?name=d'es", "niccolo"),
        ("Patient?name=NICCOLO", "niccolo"),
        ("Patient?name=este", ""),  # a name is met from its beginning
        ("Patient?name:contains=este", "niccolo"),
        ("Patient?family:exact=ferri", ""),
        ("Patient?family:exact=Ferri", "giulia-ferri"),
        ("Patient?given=maria", "niccolo"),
        ("Patient?name=Sconosciuto\\,", "nobody"),
        ("Patient?name=ferri,d'este", "giulia-ferri niccolo"),
        ("Patient?name=%25", ""),  # no wildcard
        ("Patient?identifier=FRRGLI84C52D548X", "giulia-ferri niccolo"),
        ("Patient?identifier=http://x.org|FRRGLI84C52D548X", "niccolo"),
        ("Patient?identifier=http://x.org|", "niccolo"),
        ("Patient?identifier:missing=true", "nobody"),
        ("Patient?gender:not=female", "niccolo nobody"),
        ("Patient?gender=http://hl7.org/fhir/administrative-gender|male", "niccolo"),
        ("Patient?email=niccolo@example.org", "niccolo"),
        ("Patient?phone=0532%20123456", ""),  # tokens are met whole
        ("Patient?phone=%2B39%200532%20123456", "giulia-ferri"),
        ("Patient?birthdate=1984", "giulia-ferri nobody"),
        ("Patient?birthdate=ge2001-12-31", "niccolo"),
        ("Patient?birthdate=gt2001-12-31", ""),
        ("Patient?_id=niccolo,nobody", "niccolo nobody"),
        ("Patient?general-practitioner=anna-bianchi", "giulia-ferri"),
        ("Patient?general-practitioner=Practitioner/anna-bianchi", "giulia-ferri"),
        ("Patient?general-practitioner.name=bianchi", "giulia-ferri"),
        ("Patient?general-practitioner:Practitioner.name=rossi", ""),
        ("Patient?_lastUpdated=gt2000", "giulia-ferri niccolo nobody"),
        ("Patient?_lastUpdated=lt2000", ""),
        ("Observation?code=718-7", "r1 r2 r3 r4"),
        ("Observation?code=http://loinc.org|718-7&status=amended", "r2"),
        ("Observation?code:text=moglo", "r1 r2 r3 r4"),
        ("Observation?status=final&status=amended", ""),
        ("Observation?status=final,amended&date=2026-02", "r2"),
        ("Observation?date=2026-03", "r3 r4"),
        ("Observation?date=ge2026-02-10&date=lt2026-03-01", "r2"),
        ("Observation?date=2026-02-10T08:00:00Z", "r2"),
        ("Observation?date=sa2026-02", "r3 r4"),
        ("Observation?date=eb2026-03-31", "r1 r2"),  # of r3 only the month is known
        ("Observation?patient=giulia-ferri", "r1 r2"),
        ("Observation?subject:Patient=niccolo", "r3"),
        ("Observation?subject:identifier=http://x.org|L-7", "r4"),
        ("Observation?patient.identifier=http://x.org|FRRGLI84C52D548X", "r3"),
        ("Observation?subject:Patient.birthdate=2001", "r3"),
        ("Observation?performer:Practitioner.family=Bianchi&date=2026-01", "r1"),
        ("Observation?value-quantity=13.4||g/dL", ""),
        ("Observation?value-quantity=13.45|http://unitsofmeasure.org|g/dL", "r2"),
        ("Observation?value-quantity=12", "r1"),  # 12 stands for 11.5 to 12.5
        ("Observation?value-quantity=lt12.1", "r3"),
        ("Observation?value-quantity=ap14", "r2 r4"),
        ("Observation?value-quantity=gt10||mg", ""),
        ("Observation?identifier=L-7&_summary=data", "r3"),
    ],
)
async def test_what_a_parameter_finds(arrive: Any, keep: Any, query: str, wanted: str) -> None:
    await keep(*people(), bianchi(), *results())
    assert sorted(await (await arrive("system/*.rs")).ids(query)) == wanted.split()


async def test_a_search_may_be_posted(arrive: Any, keep: Any) -> None:
    await keep(*people())
    system = await arrive("system/*.rs")
    answer = await system.http.post(
        "/fhir/R4/Patient/_search?gender=male", headers=system.headers, data={"birthdate": "2001-12-31"}
    )
    assert [one["resource"]["id"] for one in answer.json()["entry"]] == ["niccolo"]
    page = answer.json()
    refused = await system.ask("POST", "Patient/_search", {"name": "x"})
    assert refused.status_code == 415
    assert "birthdate=2001-12-31" in page["link"][0]["url"]


async def test_the_order_and_its_pages(arrive: Any, keep: Any) -> None:
    await keep(*people(), bianchi(), *results())
    system = await arrive("system/*.rs")
    assert await system.ids("Observation?_sort=-date&_count=1") == ["r4", "r3", "r2", "r1"]
    assert await system.ids("Observation?_sort=value-quantity&_count=3") == ["r3", "r1", "r2", "r4"]
    assert await system.ids("Patient?_sort=family,-birthdate&_count=1") == ["niccolo", "giulia-ferri", "nobody"]
    assert await system.ids("Observation?_sort=status,-_lastUpdated,_id") == ["r2", "r1", "r3", "r4"]


async def test_pages_stay_right_while_others_write(arrive: Any, keep: Any, house: House) -> None:
    await keep(*(giulia(id=f"p-{n:02}", birthDate=f"19{n:02}-01-01") for n in range(10, 30)))
    system = await arrive()
    seen, path = [], "Patient?_sort=birthdate&_count=5&_total=accurate"
    while path:
        page = await system.get(path)
        seen += [one["resource"]["id"] for one in page["entry"]]
        path = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
        if len(seen) == 5:
            await system.ask("DELETE", "Patient/p-12")  # already shown
            await system.ask("DELETE", "Patient/p-20")
            await keep(giulia(id="early", birthDate="1900-01-01"), giulia(id="p-21b", birthDate="1921-06-01"))
    expected = [f"p-{n}" for n in range(10, 30) if n != 20]
    expected.insert(expected.index("p-21") + 1, "p-21b")
    assert seen == expected, "nothing twice, nothing lost, what came behind the place is there"


async def test_a_page_belongs_to_its_search(arrive: Any, keep: Any) -> None:
    await keep(*people())
    system = await arrive()
    page = await system.get("Patient?_count=1")
    following = next(link["url"] for link in page["link"] if link["relation"] == "next")
    assert (await system.ask("GET", following.replace("Patient?", "Patient?gender=male&"))).status_code == 400
    assert (await system.ask("GET", following + "x")).status_code == 400


async def test_what_comes_along(arrive: Any, keep: Any) -> None:
    await keep(*people(), bianchi(), *results())
    system = await arrive("system/*.rs")

    def along(page: Any) -> list[str]:
        return sorted(one["resource"]["id"] for one in page["entry"] if one["search"]["mode"] == "include")

    page = await system.get("Observation?_include=Observation:subject&_include=Observation:performer")
    assert along(page) == ["anna-bianchi", "giulia-ferri", "niccolo"]
    assert along(await system.get("Observation?_include=Observation:subject:Practitioner")) == []
    assert along(await system.get("Observation?_include=*&_id=r3")) == ["anna-bianchi", "niccolo"]
    assert along(await system.get("Patient?_revinclude=Observation:subject&_id=niccolo")) == ["r3"]
    assert along(await system.get("Practitioner?_revinclude=Observation:performer&_revinclude=Patient:*")) == [
        "giulia-ferri", "r1", "r2", "r3", "r4",
    ]  # fmt: skip
    assert (await system.ask("GET", "Observation?_include=Observation:code")).status_code == 400


async def test_only_what_is_wanted_is_told(arrive: Any, keep: Any) -> None:
    await keep(*people(), result("r1", "2026", 1, text={"status": "generated", "div": "<div>x</div>"}))
    system = await arrive("system/*.rs")

    async def first(query: str) -> dict[str, Any]:
        found: dict[str, Any] = (await system.get(query))["entry"][0]["resource"]
        return found

    some = await first("Observation?_elements=valueQuantity")
    assert set(some) == {"resourceType", "id", "meta", "status", "code", "valueQuantity"}
    assert some["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert set(await first("Observation?_summary=text")) == {"resourceType", "id", "meta", "status", "code", "text"}
    assert "text" not in await first("Observation?_summary=data")
    assert "telecom" in await first("Patient?_summary=true&_id=giulia-ferri")
    number = await system.get("Patient?_summary=count")
    assert (number["total"], number.get("entry")) == (3, None)
    assert (await system.get("Patient?_count=0"))["total"] == 3
    assert "total" not in await system.get("Patient?_total=none")


async def test_what_is_not_known_is_passed_over_or_refused(arrive: Any, keep: Any) -> None:
    await keep(*people())
    system = await arrive()
    page = await system.get("Patient?shoe-size=43&gender=male")
    assert [one["search"]["mode"] for one in page["entry"]] == ["match", "outcome"]
    assert "shoe-size" in page["entry"][1]["resource"]["issue"][0]["diagnostics"]
    refused = await system.ask("GET", "Patient?shoe-size=43", prefer="handling=strict")
    assert refused.status_code == 400
    assert refused.json()["issue"][0]["expression"] == ["http.shoe-size"]
