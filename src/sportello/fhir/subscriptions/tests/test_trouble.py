"""Subscriptions in bad times: outages, slow systems, a process that is killed amid it, transactions in disorder."""

import asyncio
import json
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sportello.adapters.webhook.posting import Poster
from sportello.fhir import store
from sportello.fhir.ports import WebHook
from sportello.fhir.subscriptions import telling
from sportello.fhir.subscriptions.tests.conftest import Ask, Listener, begin, numbers, said, standing, subscription
from sportello.fhir.tests.cast import giulia
from sportello.kit.house import House


@pytest.mark.usefixtures("quick")
async def test_what_happens_during_an_outage_is_told_after_it(ask: Ask, listener: Listener) -> None:
    await begin(ask, listener, most=3)
    listener.status = 503
    await ask("PUT", "Patient/p-0", giulia(id="p-0"))
    await listener.until(lambda: len(listener.refused) > 1)
    for n in range(1, 5):
        await ask("PUT", f"Patient/p-{n}", giulia(id=f"p-{n}"))
    state = (await ask("GET", "Subscription/s1/$status")).json()
    assert "503" in json.dumps(state), "whoever asks learns why nothing comes"
    listener.status = 200
    await listener.until(lambda: len(listener.ids()) >= 5)
    assert listener.ids() == [f"p-{n}" for n in range(5)]
    assert numbers(listener.heard[1]) == numbers(listener.refused[0]) == [("1", "p-0")], "a number is one event's"
    when = said(listener.refused[0], "notification-event")[0][1]
    assert when == said(listener.heard[1], "notification-event")[0][1], "it happened once, however often it is told"
    assert when["valueInstant"] == listener.heard[1]["entry"][1]["resource"]["meta"]["lastUpdated"]
    assert all(len(one["entry"]) <= 4 for one in listener.heard), "no more at once than were asked for"
    assert [one for told in listener.heard[1:] for one in numbers(told)] == [(str(n + 1), f"p-{n}") for n in range(5)]


@pytest.mark.usefixtures("quick")
async def test_changes_are_told_in_the_order_of_their_transactions(house: House, ask: Ask, listener: Listener) -> None:
    await begin(ask, listener)
    async with house.db.transaction() as tx:
        await store.put(tx, giulia(id="slow"))
        await telling.wake(house, tx)
        answer = await asyncio.create_task(ask("PUT", "Patient/quick", giulia(id="quick")))
        assert answer.status_code == 201, "nobody waits for another's transaction"
        await asyncio.sleep(0.4)
        assert listener.ids() == [], "an older transaction may still come before it"
    await listener.until(lambda: len(listener.ids()) >= 2)
    assert listener.ids() == ["slow", "quick"]


class Killed(Exception):
    """The end of a process between saying and writing down that it was said."""


@pytest.mark.usefixtures("quick")
async def test_killed_between_telling_and_writing_it_down_it_is_told_again(
    house: House, ask: Ask, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(ask, listener)
    monkeypatch.setattr(telling, "TURN", timedelta(seconds=0.5))

    class Dying(Poster):
        async def post(self, url: str, headers: dict[str, str], body: bytes) -> None:
            await super().post(url, headers, body)
            raise Killed

    whole = house.ports[WebHook]
    house.ports[WebHook] = Dying(["127.0.0.1"])
    await ask("PUT", "Patient/one", giulia(id="one"))
    await listener.wait(2)
    house.ports[WebHook] = whole
    await ask("PUT", "Patient/two", giulia(id="two"))
    await listener.until(lambda: "two" in listener.ids())
    assert listener.ids()[-2:] == ["one", "two"]
    assert {one for told in listener.heard[1:] for one in numbers(told)} == {("1", "one"), ("2", "two")}


async def test_a_slow_system_holds_up_neither_writers_nor_transactions(
    house: House, ask: Ask, listener: Listener
) -> None:
    await begin(ask, listener)
    listener.open.clear()
    await ask("PUT", "Patient/one", giulia(id="one"))
    await listener.wait(2)
    open_ = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'"
    assert await house.db.fetchval(open_) == 0, "nothing is said within a transaction"
    assert (await ask("PUT", "Patient/two", giulia(id="two"))).status_code == 201
    assert listener.asked == 2, "one after the other"
    listener.open.set()
    await listener.until(lambda: len(listener.ids()) >= 2)
    assert listener.ids() == ["one", "two"]


async def test_nobody_answers(ask: Ask, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "PAUSES", (0.05, 0.05))
    listener.status = 500
    await ask("PUT", "Subscription/s1", subscription(listener.url))
    assert "500" in (await standing(ask, "error"))["error"]
    assert listener.asked == telling.GREETINGS
    listener.status = 200
    await begin(ask, listener)
    listener.status = 500
    await ask("PUT", "Patient/x", giulia(id="x"))
    await standing(ask, "error")
    assert listener.asked == 2 * telling.GREETINGS + 1


async def test_a_system_that_is_gone_is_left_alone_at_once(ask: Ask, listener: Listener) -> None:
    await begin(ask, listener)
    listener.status = 410
    await ask("PUT", "Patient/x", giulia(id="x"))
    assert "410" in (await standing(ask, "error"))["error"]
    assert listener.asked == 2


async def test_a_heartbeat_when_asked_for(ask: Ask, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    later = telling.promise

    async def sooner(house: Any, tx: Any, name: str, what: str, pause: timedelta | None = None) -> None:
        await later(house, tx, name, what, timedelta(seconds=0.1) if what == "heartbeat" else pause)

    monkeypatch.setattr(telling, "promise", sooner)
    await begin(ask, listener, beat=10)
    heard = await listener.wait(3)
    assert [said(one, "type") for one in heard[1:3]] == [["heartbeat"]] * 2
    assert "notification-event" not in json.dumps(heard)


async def test_administrators_see_who_was_given_up_and_have_it_greeted_again(
    house: House, client: httpx.AsyncClient, sign_in: Any, ask: Ask, listener: Listener
) -> None:
    listener.status = 410
    await ask("PUT", "Subscription/s1", subscription(listener.url + "?key=secret"))
    await standing(ask, "error")
    await sign_in(client, "administrator")
    page = (await client.get("/desk/systems", headers={"accept-language": "en"})).text
    assert "No longer told" in page or "Non più aggiornato" in page
    assert "ha risposto 410" in page
    assert "secret" not in page
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf
    listener.status = 200
    for _ in range(2):
        again = await client.post("/desk/systems/subscriptions/s1/again", data={"csrf": csrf[1]})
        assert again.status_code == 303
    await standing(ask, "active")
    assert len(listener.heard) == 1
    trail = "select count(*) from administration.audit_event where action = 'fhir.subscription_again'"
    assert await house.db.fetchval(trail) == 1
