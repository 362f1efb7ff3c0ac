"""The doors of the record: who may pass, what they show in both languages, and what a stranger's id gets."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from sportello.kit.house import House
from sportello.record.reading import PAGE
from sportello.record.tests.cast import GIULIA, admit, of

SignIn = Callable[..., Awaitable[Any]]
PART = {"HX-Request": "true"}
PAGES = [f"/desk/patient/{GIULIA}{part}" for part in ("", "/header", "/timeline", "/plan", "/team")]


@pytest.mark.parametrize("page", [*PAGES, "/desk/patients"])
async def test_without_a_session_nothing_is_shown(house: House, client: httpx.AsyncClient, page: str) -> None:
    await admit(house)
    answer = await client.get(page, headers=PART)
    assert answer.status_code == 401
    assert "Ferri" not in answer.text


@pytest.mark.parametrize("page", [*PAGES, "/desk/patients"])
async def test_an_administrator_has_no_business_with_patients(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, page: str
) -> None:
    await admit(house)
    await sign_in(client, "administrator")
    answer = await client.get(page, headers=PART)
    assert answer.status_code == 403
    assert "Ferri" not in answer.text


async def test_the_whole_view_holds_strip_tabs_and_timeline(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await admit(house)
    await sign_in(client, "agent")
    answer = await client.get(f"/desk/patient/{GIULIA}", headers=PART)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    for words in (
        "Giulia Ferri",
        "FRRGLI84C52D548X",
        "Penicillina",
        "Rischio alto",
        "Piano di cura",
        "Controllo diabete",
    ):
        assert words in answer.text, words
    assert "Condizione riservata" not in answer.text


@pytest.mark.parametrize(("language", "words"), [("it", "Cronologia clinica"), ("en", "Clinical timeline")])
async def test_both_languages(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, language: str, words: str
) -> None:
    await admit(house)
    await sign_in(client, "agent", language=language)
    assert words in (await client.get(f"/desk/patient/{GIULIA}/timeline", headers=PART)).text


async def test_opened_by_its_address_a_part_comes_with_its_page(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await admit(house)
    await sign_in(client, "agent")
    for page in (*PAGES, "/desk/patients"):
        answer = await client.get(page)
        assert answer.status_code == 200, page
        assert answer.text.count("<h1") == 1, page
    assert "Piano" in (await client.get(f"/desk/patient/{GIULIA}?part=plan")).text
    assert (await client.get(f"/desk/patient/{GIULIA}?part=../../etc")).status_code == 200


@pytest.mark.parametrize("stranger", ["nobody", "a b", "%00", "..%2f..%2fetc", "'%3B--", "x" * 300, "%F0%9F%98%80"])
@pytest.mark.parametrize("part", ["", "/header", "/timeline", "/plan", "/team"])
async def test_a_strangers_id_is_a_translated_not_found(
    client: httpx.AsyncClient, sign_in: SignIn, stranger: str, part: str
) -> None:
    await sign_in(client, "agent")
    answer = await client.get(f"/desk/patient/{stranger}{part}", headers=PART)
    assert answer.status_code == 404, answer.text[:300]
    if "2f" not in stranger:
        assert "Questa cartella non esiste." in answer.text


async def test_filter_and_older_pages_travel_in_the_body(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    many = [of("Procedure", f"p{n:02}", status="completed", code={"text": f"Prestazione {n}"},
               performedDateTime=f"20{n:02}-01-01") for n in range(1, 25)]  # fmt: skip
    await admit(house, *many)
    await sign_in(client, "agent")
    address = f"/desk/patient/{GIULIA}/timeline"
    first = await client.post(address, data={"category": ["procedures", "visits"]}, headers=PART)
    assert first.text.count("record-card") == PAGE
    cursor = first.text.split('name="before" value="')[1].split('"')[0]
    older = await client.post(address, data={"before": cursor}, headers=PART)
    assert older.text.count("record-card") == 24 - PAGE
    found = await client.post(address, data={"text": "prestazione 7", "since": "2007-01-01"}, headers=PART)
    assert found.text.count("record-card") == 2
    nothing = await client.post(
        address, data={"since": "31/12/2020", "category": "junk", "text": "\x00zzz"}, headers=PART
    )
    assert "Niente da mostrare" in nothing.text


async def test_patients_are_sought_and_what_was_typed_stays(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await admit(house)
    await sign_in(client, "agent")
    found = await client.post("/desk/patients", data={"q": "ferri giu"}, headers=PART)
    assert f'href="/desk/patient/{GIULIA}"' in found.text
    assert 'value="ferri giu"' in found.text
    assert "1 paziente trovato" in found.text
    hostile = await client.post("/desk/patients", data={"q": '"><script>x</script>'}, headers=PART)
    assert "<script>x" not in hostile.text
    assert "Nessun paziente trovato" in hostile.text


async def test_what_a_record_says_is_text_never_markup(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    evil = "<img src=x onerror=alert(1)> 100% %(name)s {{ 7*7 }}"
    await admit(
        house,
        of("Procedure", "x", status=evil, code={"text": evil}, performedDateTime="2026-01-01"),
        of(
            "Encounter",
            "e",
            status=evil,
            type=[{"text": evil}],
            period={"start": "2026-01-02"},
            **{"class": {"display": evil}},
        ),
        of("AllergyIntolerance", "a", code={"text": evil}, criticality=evil),
        of("CarePlan", "c", status=evil, title=evil, activity=[{"detail": {"status": evil, "description": evil}}]),
        of(
            "CareTeam",
            "t",
            status="active",
            name=evil,
            participant=[{"role": [{"text": evil}], "member": {"display": evil}}],
        ),
    )
    await sign_in(client, "agent")
    for page in PAGES:
        answer = await client.get(page, headers=PART)
        assert answer.status_code == 200
        assert "<img src=x" not in answer.text


async def test_reading_through_the_doors_is_in_the_trail(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await admit(house)
    actor = await sign_in(client, "agent")
    await client.get(f"/desk/patient/{GIULIA}", headers=PART)
    rows = await house.db.fetch(
        "select actor, action, patient, entity from administration.audit_event where patient is not null"
    )
    assert [(row["actor"], row["action"], row["patient"], row["entity"]) for row in rows] == [
        (actor.id, "patient.read", GIULIA, "header"),
        (actor.id, "patient.read", GIULIA, "timeline"),
    ]
