"""Histories of a type and of everything: complete, in order, right while data change, and no further than the token."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sportello.fhir import store
from sportello.fhir.door.tests.conftest import Arrive, System
from sportello.fhir.plugging import Plug, plugs_of
from sportello.fhir.store import erasing
from sportello.fhir.tests.cast import bianchi, giulia
from sportello.kit.house import House

Keep = Callable[..., Awaitable[None]]


def result(name: str, **more: Any) -> dict[str, Any]:
    told = {"resourceType": "Observation", "id": name, "status": "final", "code": {"text": "x"}}
    return told | {"subject": {"reference": "Patient/giulia-ferri"}} | more


def told(page: Any) -> list[tuple[str, str, str]]:
    """Method, name and version of each entry."""
    return [
        (one["request"]["method"], one["fullUrl"].partition("/R4/")[2], one["response"].get("etag", "").strip('W/"'))
        for one in page.get("entry", [])
    ]


async def pages(system: System, path: str) -> list[list[tuple[str, str, str]]]:
    found = []
    while path:
        page = await system.get(path)
        found.append(told(page))
        path = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
    return found


async def _story(system: System) -> None:
    for method, path, body in (
        ("PUT", "Patient/giulia-ferri", giulia()), ("PUT", "Observation/a", result("a")),
        ("PUT", "Observation/b", result("b")), ("PUT", "Observation/a", result("a", status="amended")),
        ("DELETE", "Observation/b", None), ("PUT", "Observation/b", result("b", status="amended")),
        ("DELETE", "Observation/a", None),
    ):  # fmt: skip
        assert (await system.ask(method, path, body)).status_code < 300


OBSERVED = [
    ("DELETE", "Observation/a", ""), ("PUT", "Observation/b", "2"), ("DELETE", "Observation/b", ""),
    ("PUT", "Observation/a", "2"), ("POST", "Observation/b", "1"), ("POST", "Observation/a", "1"),
]  # fmt: skip
ALL = [*OBSERVED, ("POST", "Patient/giulia-ferri", "1")]


async def test_a_type_and_everything_newest_first(arrive: Arrive) -> None:
    system = await arrive()
    await _story(system)
    assert told(await system.get("Observation/_history")) == OBSERVED
    assert told(await system.get("_history")) == ALL
    assert told(await system.get("Observation/a/_history")) == [
        ("DELETE", "Observation/a", ""), ("PUT", "Observation/a", "2"), ("POST", "Observation/a", "1"),
    ]  # fmt: skip
    for count in (1, 2, 3, 7, 100):
        walked = await pages(system, f"_history?_count={count}")
        assert [one for page in walked for one in page] == ALL
        assert max(map(len, walked)) <= count
    known = (await system.get("metadata"))["rest"][0]
    assert {"code": "history-system"} in known["interaction"]
    observation = next(one for one in known["resource"] if one["type"] == "Observation")
    assert {"code": "history-type"} in observation["interaction"]


async def test_pages_stay_right_while_data_change(arrive: Arrive) -> None:
    system = await arrive()
    await _story(system)
    page = await system.get("_history?_count=2")
    found, upto = told(page), page["meta"]["lastUpdated"]
    for change in range(4):
        path = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
        if not path:
            break
        await system.ask("PUT", f"Observation/new-{change}", result(f"new-{change}"))
        await system.ask("PUT", "Observation/b", result("b", status="final", value=change))
        await system.ask("DELETE", "Patient/giulia-ferri")
        page = await system.get(path)
        found += told(page)
        assert page["meta"]["lastUpdated"] == upto
    assert found == ALL, "neither doubled, nor hidden, nor mixed with what came since"
    later = told(await system.get(f"_history?_since={upto}"))
    assert ("DELETE", "Patient/giulia-ferri", "") in later
    assert ("POST", "Observation/new-0", "1") in later


async def test_since_and_at(house: House, arrive: Arrive, keep: Keep) -> None:
    system = await arrive()
    days = {"a": "2026-01-10", "b": "2026-02-10"}
    await keep(giulia(), result("a"), result("b"))
    await keep(result("a", status="amended"))
    for name, day in days.items():
        await house.db.execute(
            "update fhir.history set updated = $2::text::timestamptz, replaced = '2026-03-10Z' where id = $1", name, day
        )
    await house.db.execute("alter table fhir.resource disable trigger keep_version")
    await house.db.execute("update fhir.resource set updated = '2026-03-10Z' where id = 'a'")
    await house.db.execute("update fhir.resource set updated = '2026-02-10Z' where id in ('b', 'giulia-ferri')")
    assert told(await system.get("Observation/_history?_since=2026-03")) == [("PUT", "Observation/a", "2")]
    assert told(await system.get("Observation/_history?_at=2026-02")) == [
        ("POST", "Observation/b", "1"), ("POST", "Observation/a", "1"),
    ]  # fmt: skip
    assert told(await system.get("Observation/a/_history?_at=2026-03-11")) == [("PUT", "Observation/a", "2")]
    assert told(await system.get("Observation/a/_history?_at=2025")) == []
    assert told(await system.get("_history?_at=2026-03-10T00:00:01Z&_count=1")) == [("PUT", "Observation/a", "2")]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("_history?_since=soon", 400), ("_history?_count=0", 400), ("_history?_count=x", 400),
        ("_history?_cursor=abc", 400), ("Observation/_history?_at=ge2026", 400), ("Observation/none/_history", 404),
        ("Shoe/_history", 404), ("Patient/_history/1", 404),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_told(arrive: Arrive, keep: Keep, path: str, status: int) -> None:
    await keep(giulia())
    assert (await (await arrive()).ask("GET", path)).status_code == status


async def test_of_what_a_room_keeps_without_versions_there_is_none(house: House, arrive: Arrive) -> None:
    plugs_of(house)["Slot"] = Plug("Slot", "fhir.resource")
    system = await arrive()
    assert (await system.ask("GET", "Slot/_history")).status_code == 405
    known = next(one for one in (await system.get("metadata"))["rest"][0]["resource"] if one["type"] == "Slot")
    assert {"code": "history-type"} not in known["interaction"]


async def test_a_word_of_another_history_opens_nothing(arrive: Arrive) -> None:
    system = await arrive()
    await _story(system)
    page = await system.get("_history?_count=1")
    word = next(link["url"] for link in page["link"] if link["relation"] == "next").partition("_cursor=")[2]
    assert (await system.ask("GET", f"Observation/_history?_count=1&_cursor={word}")).status_code == 400


async def test_no_further_than_the_scopes(arrive: Arrive, keep: Keep) -> None:
    await keep(giulia(), bianchi(), result("a"))
    some = await arrive("system/Observation.rs", "system/Patient.r")
    assert told(await some.get("_history")) == [("POST", "Observation/a", "1")]
    assert (await some.ask("GET", "Patient/_history")).status_code == 403
    assert (await (await arrive("system/Observation.c")).ask("GET", "_history")).status_code == 403


async def test_every_patient_that_was_told_of_is_on_record(house: House, arrive: Arrive, keep: Keep) -> None:
    await keep(giulia(), giulia(id="marco"), result("a"))
    await keep(result("a", subject={"reference": "Patient/marco"}))
    await (await arrive()).get("Observation/_history")
    rows = await house.db.fetch("select patient from administration.audit_event where action = 'fhir.read' order by 1")
    assert [row["patient"] for row in rows] == ["giulia-ferri", "marco"]


async def test_what_was_erased_stays_erased(house: House, arrive: Arrive, keep: Keep) -> None:
    await keep(giulia(), bianchi(), result("a"))
    await keep(result("a", status="amended"))
    async with house.db.transaction() as tx:
        await store.delete(tx, "Observation", "a")
        await erasing.erase(tx, "giulia-ferri", house.clock.now())
    system = await arrive("*", "patient.read_sensitive")
    assert told(await system.get("_history")) == [("POST", "Practitioner/anna-bianchi", "1")]
    assert told(await system.get("Observation/_history")) == []
    for path in ("Observation/a/_history", "Patient/giulia-ferri/_history", "Patient/giulia-ferri/_history/1"):
        assert (await system.ask("GET", path)).status_code in (404, 410), path


async def test_much_that_is_hidden_ends_the_page_and_not_the_history(arrive: Arrive, keep: Keep) -> None:
    label = {"security": [{"code": "R"}]}
    for status in ("registered", "preliminary", "final", "amended"):
        await keep(*(result(f"s-{n}", status=status, meta=label) for n in range(30)))
    await keep(*(result(f"s-{n}", status="corrected") for n in range(30)))
    usual = await arrive()
    walked = [one for page in await pages(usual, "Observation/_history?_count=2") for one in page]
    assert sorted(walked) == sorted(("PUT", f"Observation/s-{n}", "5") for n in range(30))
