"""Subscriptions against a real listener: greeted, told what they may hear, once, no more than was asked for."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from sportello.adapters.webhook.posting import Poster
from sportello.fhir import store
from sportello.fhir.ports import Unreachable
from sportello.fhir.store import clients, resources
from sportello.fhir.subscriptions import telling
from sportello.fhir.subscriptions.reading import HEARTBEAT
from sportello.fhir.subscriptions.tests.conftest import (
    Ask,
    Listener,
    asking,
    begin,
    numbers,
    said,
    standing,
    subscription,
)
from sportello.fhir.tests.cast import giulia
from sportello.kit.house import House
from sportello.kit.ids import uuid7

SECRET = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}]}


async def test_each_change_is_told_once(house: House, ask: Ask, listener: Listener) -> None:
    await ask("PUT", "Patient/before", giulia(id="before"))
    await begin(ask, listener)
    assert b"X-Key: 7" in listener.headers[0]
    await ask("PUT", "Patient/giulia-ferri", giulia())
    heard = await listener.wait(2)
    assert said(heard[1], "type") == ["event-notification"]
    assert heard[1]["entry"][1]["resource"]["name"] == giulia()["name"]
    assert heard[1]["entry"][1]["request"] == {"method": "POST", "url": "Patient"}
    await ask("DELETE", "Patient/giulia-ferri")
    heard = await listener.wait(3)
    assert len(heard[2]["entry"]) == 1, "of what is gone there is nothing to show"
    assert numbers(heard[2]) == [("2", "giulia-ferri")]
    assert "before" not in json.dumps(heard)
    trail = await house.db.fetch(
        "select patient, actor_name from administration.audit_event where action = 'fhir.told'"
    )
    assert [(one["patient"], one["actor_name"]) for one in trail] == [("giulia-ferri", "Region")]
    await ask("DELETE", "Subscription/s1")
    assert (await ask("GET", "Subscription/s1/$status")).status_code == 404
    await ask("PUT", "Patient/after", giulia(id="after"))
    await asyncio.sleep(0.5)
    assert len(listener.heard) == 3
    assert await house.db.fetchval("select count(*) from fhir.change where id = 'after'") == 0


async def test_only_what_the_filter_lets_through(house: House, ask: Ask, listener: Listener) -> None:
    await begin(ask, listener, content="id-only", only="Patient?gender=male")
    await ask("PUT", "Patient/her", giulia(id="her"))
    async with house.db.transaction() as tx:
        await store.put(tx, giulia(id="hidden", gender="male", meta=SECRET))
        await telling.wake(house, tx)
    await ask("PUT", "Patient/him", giulia(id="him", gender="male"))
    await listener.until(lambda: "Patient/him" in json.dumps(listener.heard))
    told = json.dumps(listener.heard)
    assert "Patient/her" not in told
    assert "hidden" not in told
    assert all(len(one["entry"]) == 1 for one in listener.heard), "ids alone"


async def test_what_is_told_does_not_name_what_is_hidden(house: House, ask: Ask, listener: Listener) -> None:
    await begin(ask, listener, kind="Communication")
    named = [{"reference": "Patient/hidden", "display": "Zzyzx"}]
    async with house.db.transaction() as tx:
        await store.put(tx, giulia(id="hidden", meta=SECRET))
        told = {"resourceType": "Communication", "id": "c", "status": "completed", "about": named}
        narrative = {"status": "generated", "div": "<div>Zzyzx</div>"}
        await store.put(tx, told | {"text": narrative, "contained": [giulia(id="in", meta=SECRET, name="Zzyzx")]})
        await telling.wake(house, tx)
    heard = await listener.wait(2)
    assert heard[1]["entry"][1]["resource"]["about"] == [{"reference": "Patient/hidden"}]
    assert "Zzyzx" not in json.dumps(heard)


async def test_an_empty_notification_names_nobody_and_a_hidden_deletion_is_not_told(
    house: House, ask: Ask, listener: Listener
) -> None:
    await begin(ask, listener, content="empty")
    async with house.db.transaction() as tx:
        await store.put(tx, giulia(id="hidden", meta=SECRET))
    async with house.db.transaction() as tx:
        await resources.delete(tx, "Patient", "hidden")
        await telling.wake(house, tx)
    await ask("PUT", "Patient/seen", giulia(id="seen"))
    heard = await listener.wait(2)
    assert said(heard[-1], "events-since-subscription-start") == ["1"]
    assert "seen" not in json.dumps(heard)


async def test_a_communication_is_told(ask: Ask, listener: Listener) -> None:
    await ask("PUT", "Patient/giulia-ferri", giulia())
    await begin(ask, listener, kind="Communication", content="id-only", only="subject=Patient/giulia-ferri")
    note = {"resourceType": "Communication", "id": "c1", "status": "completed",
            "subject": {"reference": "Patient/giulia-ferri"}}  # fmt: skip
    assert (await ask("PUT", "Communication/c1", note)).status_code == 201
    heard = await listener.wait(2)
    assert numbers(heard[1]) == [("1", "c1")]


async def test_nobody_hears_what_their_token_may_not_read(
    house: House, client: httpx.AsyncClient, ask: Ask, listener: Listener
) -> None:
    narrow = await asking(house, client, "system/Subscription.cruds", "system/Appointment.rs")
    assert (await narrow("PUT", "Subscription/s1", subscription(listener.url))).status_code == 403
    system = clients.Client(uuid7(), "Region", ["system/*.cruds"], {"keys": []}, "", house.clock.now())
    async with house.db.transaction() as tx:
        await clients.insert(tx, system)
    registered = await asking(house, client, "system/*.cruds", holder=system.id)
    await begin(registered, listener)
    await ask("PUT", "Patient/one", giulia(id="one"))
    await listener.wait(2)
    async with house.db.transaction() as tx:
        await clients.revoke(tx, system.id, house.clock.now())
    await ask("PUT", "Patient/two", giulia(id="two"))
    assert "may not read" in (await standing(ask, "error"))["error"]
    assert listener.ids() == ["one"]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"criteria": "Patient?name=x"}, "criteria"), ({"criteria": "urn:sportello:topic:Shoe"}, "criteria"),
        ({"channel": {"type": "email", "endpoint": "https://x.org"}}, "channel.type"),
        ({"channel": {"type": "rest-hook", "endpoint": "ftp://x.org"}}, "channel.endpoint"),
        ({"channel": {"type": "rest-hook", "endpoint": "http://x.org"}}, "channel.endpoint"),
        ({"channel": {"type": "rest-hook", "endpoint": "https://a:b@x.org"}}, "channel.endpoint"),
        ({"channel": {"type": "rest-hook", "endpoint": "https://x.org:99999"}}, "channel.endpoint"),
        ({"channel": {"type": "rest-hook", "endpoint": "https://x.org", "header": ["Host: y"]}}, "channel.header"),
        ({"channel": {"type": "rest-hook", "endpoint": "https://x.org", "payload": "text/plain"}}, "channel.payload"),
        ({"channel": {"type": "rest-hook", "endpoint": "https://x.org",
                      "extension": [{"url": HEARTBEAT, "valueUnsignedInt": 1}]}}, "channel"),
    ],
)  # fmt: skip
async def test_what_cannot_be_subscribed_to(ask: Ask, changes: dict[str, Any], place: str) -> None:
    answer = await ask("PUT", "Subscription/s1", subscription("https://x.org") | changes)
    assert (answer.status_code, answer.json()["issue"][0]["expression"]) == (422, [f"Subscription.{place}"])
    assert (await ask("GET", "Subscription/s1")).status_code == 404


async def test_a_filter_must_be_a_search_that_is_understood(ask: Ask) -> None:
    wrong = await ask("PUT", "Subscription/s1", subscription("https://x.org", only="Patient?shoe=3"))
    assert wrong.status_code == 400


async def test_nothing_is_posted_into_the_house_unless_the_operator_named_the_host(listener: Listener) -> None:
    for url in (listener.url, "https://127.0.0.1/x", "https://localhost/x", "https://[::1]/", "https://10.1.2.3/",
                "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/", "https://0.0.0.0/"):  # fmt: skip
        with pytest.raises(Unreachable, match=r"within the network|only https"):
            await Poster().post(url, {}, b"{}")
    listener.open.clear()
    with pytest.raises(Unreachable, match="no answer in time"):
        await Poster(["127.0.0.1"], seconds=0.2).post(listener.url, {}, b"{}")
