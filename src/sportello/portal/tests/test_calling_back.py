"""Being called back: from the portal's form, and out of a talk in which it was offered."""

import re
from uuid import uuid4

from sportello.conversations.handover import escalate


async def opened(client):
    return (await client.post("/portal/chat", json={"key": str(uuid4()), "language": "it"})).json()


async def wishes(house):
    return await house.db.fetch("select phone, wished, name, conversation from routing.callback")


async def test_the_form_keeps_a_number_once(client, house):
    page = (await client.get("/portal/callback")).text
    once = re.search(r'name="request" value="([^"]+)"', page)[1]
    form = {"phone": "0532 123456", "wished": "domani", "name": "Anna", "topic": "", "request": once}
    refused = await client.post("/portal/callback", data=form | {"phone": "12"})
    assert refused.status_code == 422
    assert refused.text.count('class="error"') == 2  # the number, and no consent
    assert 'value="domani"' in refused.text
    for _ in range(2):
        kept = await client.post("/portal/callback", data=form | {"agree": "yes"})
        assert kept.status_code == 200
        assert "0532 123456" in kept.text
    assert [tuple(row)[:3] for row in await wishes(house)] == [("0532 123456", "domani", "Anna")]


async def test_a_call_takes_the_place_of_the_talk_that_waits(client, house):
    told = await opened(client)
    header = {"authorization": f"Bearer {told['token']}"}
    await house.db.run(lambda tx: escalate(house, tx, told["conversation"], reason="asked"))
    wrong = await client.post("/portal/chat/callback", json={"phone": "no"}, headers=header)
    assert wrong.status_code in (409, 422)
    assert wrong.json()["error"]
    for _ in range(2):
        kept = await client.post("/portal/chat/callback", json={"phone": "+39 0532 123456"}, headers=header)
        assert kept.status_code == 200
    (wish,) = await wishes(house)
    assert str(wish["conversation"]) == told["conversation"]
    state = await house.db.fetchval("select state from conversations.conversation where id = $1", told["conversation"])
    assert state == "closed"


async def test_nobody_asks_in_a_talk_that_is_not_theirs(client, house):
    assert (await client.post("/portal/chat/callback", json={"phone": "0532 123456"})).status_code == 401
    assert await wishes(house) == []
