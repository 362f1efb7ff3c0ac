"""Patients read published articles without signing in; staff search with their role."""

from typing import Any

import pytest

from sportello.administration.testing import sign_in  # noqa: F401  a fixture
from sportello.kit.house import House
from sportello.knowledge.loading import load_articles
from sportello.knowledge.tests.test_articles import FASTING, HOURS, PARKING


@pytest.fixture
async def shelf(house: House) -> House:
    async with house.db.transaction() as tx:
        await load_articles(tx, [HOURS, PARKING, FASTING], house.clock)
    return house


async def test_a_patient_reads_an_article_in_the_language_in_which_it_was_sent(shelf: House, client: Any) -> None:
    shown = await client.get("/articles/opening-hours?language=it")
    assert shown.status_code == 200
    assert "Orari degli sportelli" in shown.text
    assert "<strong>8</strong>" in shown.text
    assert "Opening hours" in (await client.get("/articles/opening-hours?language=en")).text
    everything = await client.get("/articles?language=it")
    assert "Dove parcheggiare" in everything.text


@pytest.mark.parametrize("slug", ["nothing", "Opening-Hours", "a%20b", "..%2f..%2fetc", "%00", "x" * 300])
async def test_a_forged_address_is_not_found(shelf: House, client: Any, slug: str) -> None:
    assert (await client.get(f"/articles/{slug}")).status_code == 404


async def test_staff_search_with_their_role_only(shelf: House, client: Any, sign_in: Any) -> None:  # noqa: F811
    assert (await client.get("/desk/knowledge")).status_code == 401
    await sign_in(client, "agent")
    page = await client.get("/desk/knowledge", headers={"hx-request": "true"})
    assert page.status_code == 200
    assert "Orari degli sportelli" in page.text
    found = await client.post(
        "/desk/knowledge", data={"q": "parcheggio", "language": "it"}, headers={"hx-request": "true"}
    )
    assert found.text.index("Dove parcheggiare") > 0
    assert "digiuno" not in found.text
    none = await client.post("/desk/knowledge", data={"q": "zzzz", "language": "it"}, headers={"hx-request": "true"})
    assert "Nessun articolo" in none.text
    one = await client.get("/desk/knowledge/opening-hours", headers={"hx-request": "true"})
    assert "Orari degli sportelli" in one.text


async def test_an_article_can_be_sent_only_from_beside_a_conversation(shelf: House, client: Any, sign_in: Any) -> None:  # noqa: F811
    await sign_in(client, "agent")
    conversation = "01900000-0000-7000-8000-000000000001"
    with_one = await client.get(f"/desk/knowledge?conversation={conversation}", headers={"hx-request": "true"})
    assert f"/desk/conversations/{conversation}/articles/parking" in with_one.text
    forged = await client.get('/desk/knowledge?conversation="><script>', headers={"hx-request": "true"})
    assert "/desk/conversations/" not in forged.text
