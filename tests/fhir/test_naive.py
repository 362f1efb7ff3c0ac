"""Random searches at the door, compared with a reference that reads every resource by itself."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sportello.administration import machines
from sportello.administration.actor import SYSTEM
from sportello.demo.people import people
from sportello.demo.records import house_bundle, record_bundle
from sportello.fhir import store
from sportello.fhir.importing import import_bundle
from sportello.kit.house import House
from tests.fhir.naive import ELEMENTS, elements, meets, sort_key

Ask = Callable[[str, list[tuple[str, str]]], Coroutine[Any, Any, list[str]]]
_SORTED = {"date", "birthdate", "authoredon", "value-quantity", "family", "recorded-date", "onset-date"}


def _odd(name: str, **more: Any) -> dict[str, Any]:
    code = {"coding": [{"system": "http://loinc.org", "code": "8867-4", "display": "Polso"}, {"code": "polso"}]}
    return {"resourceType": "Observation", "id": name, "status": "final", "code": code} | more


ODD = [
    _odd("odd-year", effectiveDateTime="2025"),
    _odd("odd-month", effectiveDateTime="2025-03", valueQuantity={"value": 6.3, "unit": "g"}),
    _odd("odd-day", effectiveDateTime="2025-03-30", valueQuantity={"value": 6.30, "code": "g", "system": "http://x.org"}),
    _odd("odd-summer", effectiveDateTime="2025-03-30T02:30:00+01:00", valueQuantity={"value": 100}),
    _odd("odd-half-hour", effectiveDateTime="2025-03-30T23:59:59.5+05:30"),
    _odd("odd-open", effectivePeriod={"start": "2025-03-01"}),
    _odd("odd-until", effectivePeriod={"end": "2024"}),
    _odd("odd-between", effectivePeriod={"start": "2024-12-31", "end": "2025-01"}),
    _odd("odd-nothing", code={"text": "senza codice"}),
    {"resourceType": "Patient", "id": "odd-este",
     "name": [{"family": "D\u2019Este", "given": ["Niccol\u00f2", "Zo\u00eb"]}]},
    {"resourceType": "Patient", "id": "odd-text", "name": [{"text": "Anna 100%_Maria"}], "birthDate": "1984"},
    {"resourceType": "Patient", "id": "odd-none", "gender": "unknown", "birthDate": "2000-02-29"},
]  # fmt: skip


@pytest.fixture
async def pool(house: House) -> dict[str, list[dict[str, Any]]]:
    """A small hospital's resources as they were kept, by type."""
    async with house.db.transaction() as tx:
        await import_bundle(tx, house_bundle())
        for number, person in enumerate(people()[:5]):
            await import_bundle(tx, record_bundle(person, number, date(2026, 9, 1)))
        await store.put_many(tx, ODD)
    rows = await house.db.fetch("select body from fhir.resource order by type, id")
    kept: dict[str, list[dict[str, Any]]] = {kind: [] for kind in ELEMENTS}
    for row in rows:
        if row["body"]["resourceType"] in kept:
            kept[row["body"]["resourceType"]].append(row["body"])
    assert min(map(len, kept.values())) > 3
    return kept


@pytest.fixture
async def ask(house: House, client: httpx.AsyncClient) -> Ask:
    """The ids that a search finds, page after page, in their order."""
    async with house.db.transaction() as tx:
        token = await machines.issue(house, tx, SYSTEM, "fhir", ["system/*.rs"], "Reference", timedelta(days=1))

    async def search(kind: str, pairs: list[tuple[str, str]]) -> list[str]:
        found: list[str] = []
        address = f"/fhir/R4/{kind}?{urlencode(pairs)}"
        while address:
            answer = await client.get(address, headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == 200, (address, answer.text)
            page = answer.json()
            found += [one["resource"]["id"] for one in page.get("entry", []) if one["search"]["mode"] == "match"]
            address = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
        return found

    return search


def _value(draw: Callable[[Any], Any], kind: str, element: Any) -> str:
    """A value that an element could be meant by, or nearly."""
    match kind:
        case "token":
            one = element
            if isinstance(element, dict):
                one = draw(st.sampled_from(element["coding"])) if element.get("coding") else element
            code = one.get("code", one.get("value", "none")) if isinstance(one, dict) else str(one).lower()
            system = one.get("system", "") if isinstance(one, dict) else ""
            ways = [code, f"{system}|{code}", f"|{code}", f"http://x.org|{code}", *([f"{system}|"] if system else [])]
            return str(draw(st.sampled_from(ways)))
        case "date":
            text = element if isinstance(element, str) else element.get("start") or element.get("end")
            lengths = [4, 7, 10] if len(text) >= 10 else [len(text)]
            cut = draw(st.sampled_from([text, *(text[:length] for length in lengths)]))
            prefix = draw(st.sampled_from(["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"]))
            return f"{prefix}{cut}"
        case "quantity":
            value = str(draw(st.sampled_from([element["value"], round(float(element["value"])), "7", "6.30", "1e2"])))
            value = value if "e" not in value else "100"
            unit = draw(st.sampled_from(["", f"|{element.get('system', '')}|{element.get('code', '')}", "||g"]))
            return f"{draw(st.sampled_from(['', 'gt', 'lt', 'ge', 'le', 'ne']))}{value}{unit}"
        case "reference":
            told = str(element.get("reference", "Patient/none"))
            return str(draw(st.sampled_from([told, told.rpartition("/")[2], "Patient/nobody"])))
        case _:
            words = element if isinstance(element, str) else element.get("family") or element.get("text") or "x"
            cut = draw(st.integers(1, len(words)))
            return str(draw(st.sampled_from([words, words[:cut], words[-cut:], words.upper(), "Zo\u00eb", "niccolo"])))


def _condition(draw: Callable[[Any], Any], kind: str, pool: list[dict[str, Any]]) -> tuple[str, str]:
    name = draw(st.sampled_from(sorted(ELEMENTS[kind])))
    sort, paths = ELEMENTS[kind][name]
    modifiers = {"string": ["", ":exact", ":contains", ":missing"], "token": ["", "", ":not", ":missing"]}
    modifier = draw(st.sampled_from(modifiers.get(sort, ["", "", "", ":missing"])))
    if modifier == ":missing":
        return name + modifier, draw(st.sampled_from(["true", "false"]))
    there = [element for one in pool for path in paths for element in elements(one, path)]
    if sort == "quantity":
        there = [one for one in there if "value" in one]
    if not there:
        return f"{name}:missing", "true"
    values = [_value(draw, sort, draw(st.sampled_from(there))) for _ in range(draw(st.integers(1, 2)))]
    return name + modifier, ",".join(one.replace(",", " ") for one in values)


async def test_the_door_finds_what_the_standard_says(pool: dict[str, list[dict[str, Any]]], ask: Ask) -> None:
    loop = asyncio.get_running_loop()

    @settings(max_examples=int(os.environ.get("SPORTELLO_EXAMPLES", "60")), deadline=None)
    @given(data=st.data())
    def compare(data: st.DataObject) -> None:
        kind = data.draw(st.sampled_from(sorted(ELEMENTS)))
        pairs = [_condition(data.draw, kind, pool[kind]) for _ in range(data.draw(st.integers(1, 2)))]
        wanted = {one["id"]: one for one in pool[kind] if all(meets(one, name, value) for name, value in pairs)}
        sorts = sorted(_SORTED & set(ELEMENTS[kind]))
        order = data.draw(st.sampled_from(["", *sorts])) if sorts else ""
        size = str(data.draw(st.sampled_from([3, 7, 200])))
        asked = [*pairs, *([("_sort", order)] if order else []), ("_count", size)]
        found = asyncio.run_coroutine_threadsafe(ask(kind, asked), loop).result(30)
        assert sorted(found) == sorted(wanted), pairs
        if order:
            keys = [sort_key(wanted[name], order) for name in found]
            told = [key for key in keys if key is not None]
            assert told == sorted(told), (order, pairs)
            assert keys[: len(told)] == told, "what has none comes last"

    await asyncio.to_thread(compare)
