"""The headers of those who are told: sealed where they are kept, never shown, and still said to whom they belong."""

import pytest

from sportello.fhir.subscriptions.tests.conftest import Ask, Listener, begin
from sportello.kit.house import House
from sportello.kit.security.sealing import renew

pytestmark = pytest.mark.usefixtures("quick")


async def test_headers_are_secrets(house: House, ask: Ask, listener: Listener) -> None:
    await begin(ask, listener)
    shown = (await ask("GET", "Subscription/s1")).json()
    assert shown["channel"]["header"] == ["X-Key: ********"]
    kept = await house.db.fetchval("select headers[1] from fhir.subscriber where id = 's1'")
    assert kept.startswith("sealed:")
    again = await ask("PUT", "Subscription/s1", shown | {"status": "requested"})
    assert again.status_code == 200
    await listener.wait(2)
    assert b"X-Key: 7" in listener.headers[1], "stars written back are what was there"
    shown["channel"]["header"] = ["X-Other: ********"]
    wrong = await ask("PUT", "Subscription/s1", shown)
    assert (wrong.status_code, wrong.json()["issue"][0]["expression"]) == (422, ["Subscription.channel.header"])


async def test_headers_of_before_are_sealed_at_the_start(house: House, ask: Ask, listener: Listener) -> None:
    await begin(ask, listener)
    await house.db.execute("update fhir.subscriber set headers = '{X-Key: 7}'")
    await house.db.execute(
        "update fhir.resource set body = jsonb_set(body, '{channel,header}', '[\"X-Key: 7\"]'), version = version + 1"
        " where type = 'Subscription'"
    )
    await house.db.execute("update fhir.history set body = jsonb_set(body, '{channel,header}', '[\"X-Key: 7\"]')")
    version = await house.db.fetchval("select version from fhir.resource where type = 'Subscription'")
    await renew(house)
    everything = "select string_agg(t, '') from (select body::text t from fhir.resource union all"
    everything += " select body::text from fhir.history union all select headers::text from fhir.subscriber) x"
    assert "X-Key: 7" not in await house.db.fetchval(everything)
    assert await house.db.fetchval("select version from fhir.resource where type = 'Subscription'") == version
    shown = (await ask("GET", "Subscription/s1")).json()
    assert (await ask("PUT", "Subscription/s1", shown)).status_code == 200
    await listener.wait(2)
    assert b"X-Key: 7" in listener.headers[1]
