"""Emergency openings are judged afterwards, by supervisors, and by nobody of their own."""

import re
from typing import Any

import httpx

from sportello.kit.house import House
from sportello.record.tests.cast import GIULIA, RECORD, admit


async def open_glass(client: httpx.AsyncClient, reason: str) -> None:
    page = (await client.get(f"/desk/patient/{GIULIA}")).text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf
    answer = await client.post(f"/desk/patient/{GIULIA}/opening", data={"csrf": csrf[1], "reason": reason})
    assert answer.status_code == 200


async def judge(client: httpx.AsyncClient, **typed: str) -> httpx.Response:
    page = (await client.get("/desk/openings?all=yes")).text
    address = re.search(r'action="(/desk/openings/[^"]+)"', page)
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert address
    assert csrf
    return await client.post(address[1], data={"csrf": csrf[1]} | typed)


async def test_an_opening_waits_until_somebody_judges_it(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    await admit(house, *RECORD)
    await sign_in(client, "agent", "elena")
    await open_glass(client, "Sanguina, il reparto chiede <b>subito</b>")
    assert (await client.get("/desk/openings")).status_code == 403
    await sign_in(client, "supervisor", "marta")
    shown = (await client.get("/desk/openings")).text
    assert "Sanguina, il reparto chiede &lt;b&gt;" in shown
    assert "Ferri" in shown
    assert (await judge(client, verdict="nonsense")).status_code == 422
    assert (await judge(client, verdict="questioned", note="Ne parliamo lunedì")).status_code == 303
    assert "Sanguina" not in (await client.get("/desk/openings")).text
    everything = (await client.get("/desk/openings?all=yes")).text
    assert "Ne parliamo lunedì" in everything
    assert (await judge(client, verdict="justified", note="Chiarito")).status_code == 303, "a judgement may change"
    told = await house.db.fetch(
        "select detail from administration.audit_event where action = 'patient.opening_judged' order by seq"
    )
    assert ["questioned" in str(row["detail"]) for row in told] == [True, False]
    for address in ("/desk/openings/nonsense", "/desk/openings/01a209e0-981a-7abc-8677-07223ebf5497"):
        page = (await client.get("/desk/openings")).text
        csrf = re.search(r'name="csrf" value="([^"]+)"', page) or re.search(r'content="([^"]+)" name="csrf"', page)
        data = {"csrf": csrf[1] if csrf else "", "verdict": "justified"}
        assert (await client.post(address, data=data)).status_code in (403, 404)


async def test_nobody_judges_their_own(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    await admit(house, *RECORD)
    who = await sign_in(client, "agent", "elena")
    await open_glass(client, "Sanguina, il reparto chiede")
    row = await house.db.fetchrow("select id, staff from record.opening")
    await house.db.execute("update administration.staff set role = 'supervisor' where id = $1::uuid", row["staff"])
    page = (await client.get("/desk/openings")).text
    assert f"/desk/openings/{row['id']}" not in page
    csrf = re.search(r'name="csrf" value="([^"]+)"', (await client.get(f"/desk/patient/{GIULIA}")).text)
    data = {"csrf": csrf[1] if csrf else "", "verdict": "justified"}
    answer = await client.post(f"/desk/openings/{row['id']}", data=data)
    assert answer.status_code == 422, who
    assert await house.db.fetchval("select verdict from record.opening") == ""
