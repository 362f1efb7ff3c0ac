"""Contacts with a patient: in time order, of every kind, page by page; a source that fails is named."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from sportello.kit.house import House
from sportello.record.contacts import PAGE, Contact, sources_of
from sportello.record.tests.cast import GIULIA, admit, of

SignIn = Callable[..., Awaitable[Any]]
AT = f"/desk/patient/{GIULIA}/contacts"
PART = {"HX-Request": "true"}
START = datetime(2026, 3, 1, 9, tzinfo=UTC)
FHIR = (
    of("Communication", "avviso", status="completed", sent="2026-01-10T09:00:00Z",
       payload=[{"contentString": "Promemoria della visita"}]),
    of("Communication", "telefonata", status="completed", sent="2026-01-11T09:00:00Z", topic={"text": "Richiamo"},
       medium=[{"coding": [{"code": "PHONE"}]}]),
    of("Consent", "privacy", status="active", dateTime="2026-01-12T09:00:00Z", scope={"text": "Privacy"},
       provision={"type": "deny"}) | {"patient": {"reference": f"Patient/{GIULIA}"}},
    of("QuestionnaireResponse", "questionario", status="completed", authored="2026-01-13"),
    of("Communication", "riservata", status="completed", sent="2026-01-14T09:00:00Z", topic={"text": "Centro HIV"},
       meta={"security": [{"code": "HIV"}]}),
)  # fmt: skip


async def test_what_the_record_holds_is_told_by_its_kind(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await admit(house, *FHIR)
    await sign_in(client, "agent", language="en")
    shown = (await client.get(AT, headers=PART)).text
    places = [shown.index(word) for word in ("Survey</bdi>", "Privacy", "Richiamo", "Promemoria")]
    assert places == sorted(places)
    assert "Refused" in shown
    assert "Centro HIV" not in shown
    calls = (await client.post(AT, data={"kind": "calls"}, headers=PART)).text
    assert "Richiamo" in calls
    assert "Promemoria" not in calls
    assert "Contacts" in (await client.get(f"/desk/patient/{GIULIA}?part=contacts")).text


async def test_pages_hold_everything_once_and_a_failing_source_is_named(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await admit(house)
    # Every second one at the same moment as its neighbour, across the page's edge.
    all_of_them = [Contact(START + timedelta(hours=n // 2), "messages", f"Lettera {n:03}") for n in range(2 * PAGE + 7)]

    async def letters(_: Any, tx: Any, actor: Any, patient: str, before: datetime | None, limit: int) -> list[Contact]:
        known = [one for one in all_of_them if before is None or one.at < before]
        return sorted(known, key=lambda one: one.at, reverse=True)[:limit]

    async def broken(_: Any, tx: Any, *more: Any) -> list[Contact]:
        await tx.fetch("select 1/0")
        return []

    sources_of(house).update({"Letters": letters, "Appointments": broken})
    await sign_in(client, "agent", language="en")
    page, seen = (await client.get(AT, headers=PART)).text, list[str]()
    assert "Appointments could not be read now" in page
    for _ in range(5):
        seen += [word.split("<")[0] for word in page.split("Lettera ")[1:]]
        further = re.search(r'<button[^>]*name="before"[^>]*>', page)
        if further is None:
            break
        before = re.search(r'value="([^"]+)"', further[0])
        assert before
        page = (await client.post(AT, data={"before": before[1]}, headers=PART)).text
    assert sorted(seen) == [f"{n:03}" for n in range(2 * PAGE + 7)]
    assert seen[0] == f"{2 * PAGE + 6:03}"
    strange = await client.post(AT, data={"before": "gestern", "kind": "nonsense"}, headers=PART)
    assert strange.status_code == 200
