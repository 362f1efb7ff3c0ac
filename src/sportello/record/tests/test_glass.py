"""Sensitive parts open with a reason, for a while, for one reader and one record; supervisors and the trail know."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sportello.administration.testing import staff_member
from sportello.kit.house import House
from sportello.record import reading, unlocking
from sportello.record.tests.cast import GIULIA, admit

SignIn = Callable[..., Awaitable[Any]]
DOOR = f"/desk/patient/{GIULIA}/opening"
PART = {"HX-Request": "true"}
WHY = "Reazione grave in corso"
HIDDEN = "Condizione riservata"


async def test_the_glass_opens_with_a_reason_and_closes_again(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await admit(house)
    marta = await staff_member(house, "supervisor")
    await sign_in(client, "agent")
    opened = await client.post(DOOR, data={"reason": WHY}, headers=PART)
    assert opened.status_code == 200
    assert HIDDEN in opened.text
    assert WHY in opened.text
    assert HIDDEN in (await client.get(f"/desk/patient/{GIULIA}/timeline", headers=PART)).text
    told = await house.streams.since(f"desk:{marta.id}", 0, audience="staff")
    assert [(one.kind, one.body["name"]) for one in told] == [("glass", "Elena Conti")]
    rows = await house.db.fetch("select action, detail from administration.audit_event where patient = $1", GIULIA)
    assert [r["detail"]["reason"] for r in rows if r["action"] == "patient.glass_broken"] == [WHY]
    assert any(r["action"] == "patient.read" and r["detail"].get("reason") == WHY for r in rows)
    closed = await client.post(DOOR, data={"action": "close"}, headers=PART)
    assert HIDDEN not in closed.text


@pytest.mark.parametrize("reason", ["", "   ", "boh", "x" * 301, "a \x00"])
async def test_without_a_true_reason_it_stays_shut(
    house: House, client: httpx.AsyncClient, sign_in: SignIn, reason: str
) -> None:
    await admit(house)
    await sign_in(client, "agent")
    answer = await client.post(DOOR, data={"reason": reason}, headers=PART)
    assert "almeno 10 caratteri" in answer.text
    assert HIDDEN not in answer.text


async def test_it_is_open_for_one_reader_and_ends_by_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await admit(house)
    elena, davide = await staff_member(house), await staff_member(house, "agent", "davide", "Davide Greco")
    async with house.db.transaction() as tx:
        await unlocking.break_glass(house, tx, elena, GIULIA, WHY)

    async def sees(actor: Any) -> bool:
        async with house.db.transaction() as tx:
            return HIDDEN in repr(await reading.timeline(house, tx, actor, GIULIA))

    assert await sees(elena)
    assert not await sees(davide)
    late = house.clock.now() + unlocking.LASTS + timedelta(seconds=1)
    monkeypatch.setattr(type(house.clock), "now", lambda self: late)
    assert not await sees(elena)


async def test_nobody_opens_the_record_of_nobody(house: House, client: httpx.AsyncClient, sign_in: SignIn) -> None:
    await admit(house)
    await sign_in(client, "agent")
    assert (await client.post("/desk/patient/nobody/opening", data={"reason": WHY}, headers=PART)).status_code == 404
    assert await house.db.fetchval("select count(*) from record.opening") == 0
    await sign_in(client, "administrator")
    assert (await client.post(DOOR, data={"reason": WHY}, headers=PART)).status_code == 403
