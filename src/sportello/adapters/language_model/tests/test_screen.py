"""The screen of the language model: who may open it, what it refuses, what it never shows, the switch, the test."""

from collections.abc import Awaitable, Callable
from typing import Any

from sportello.adapters.language_model.tests.conftest import comes
from sportello.adapters.language_model.tests.fake import FakeModel
from sportello.administration.actor import Actor
from sportello.bots.language_model import terms
from sportello.kit.house import House

SignIn = Callable[..., Awaitable[Actor]]
AT = "/desk/language-model"


def form(fake: FakeModel, **changed: str) -> dict[str, str]:
    return {"address": fake.address, "model": "tiny", "key_password": "very-secret", "per_minute": "30",
            "route": "yes", "agent_summary": "yes", **changed}  # fmt: skip


async def test_only_administrators_may(client: Any, sign_in: SignIn) -> None:
    await sign_in(client, "supervisor")
    assert (await client.get(AT)).status_code == 403
    assert (await client.post(AT + "/switch", data={"on": "yes", "reason": "x"})).status_code == 403


async def test_terms_are_kept_the_key_is_never_shown_and_the_switch_wants_a_reason(
    client: Any, sign_in: SignIn, house: House, fake: FakeModel
) -> None:
    await sign_in(client, "administrator", language="en")
    early = await client.post(AT + "/switch", data={"on": "yes", "reason": "pilot"})
    assert early.status_code == 422
    assert "needs an address" in early.text
    whole = form(fake, address=fake.address + "/chat/completions")
    assert (await client.post(AT, data=whole)).status_code == 303
    assert (await client.post(AT, data=form(fake, key_password="", per_minute="40"))).status_code == 303
    kept = await terms.terms_of(house.db)
    assert (kept.address, kept.per_minute, kept.on) == (fake.address, 40, False)
    assert kept.key.startswith("sealed:")
    assert terms.key_of(house, kept) == "very-secret"
    assert kept.jobs == {"route", "agent_summary"}
    silent = await client.post(AT + "/switch", data={"on": "yes", "reason": "  "})
    assert silent.status_code == 422
    assert (await client.post(AT + "/switch", data={"on": "yes", "reason": "pilot"})).status_code == 303
    page = (await client.get(AT)).text
    assert "very-secret" not in page
    assert "pilot" in page
    fake.chooses(scenario="hours")
    await (await comes(house)).say("zxqv brombolo")
    used = (await client.get(AT)).text
    asked = used.split('<th scope="row">Asked</th>')[1]
    assert asked.startswith('<td class="number">1</td><td class="number">0</td>')
    assert (await client.post(AT + "/switch", data={"on": "no", "reason": "strange answers"})).status_code == 303
    assert not (await terms.terms_of(house.db)).on
    actions = [row["action"] for row in await house.db.fetch("select action from administration.audit_event")]
    assert actions.count("bot.model_switched") == 2
    assert (await client.post(AT, data=form(fake, key_password="", forget_key="yes"))).status_code == 303
    assert not (await terms.terms_of(house.db)).key


async def test_what_cannot_work_is_refused_with_all_that_was_typed(
    client: Any, sign_in: SignIn, house: House, fake: FakeModel
) -> None:
    await sign_in(client, "administrator", language="en")
    answer = await client.post(AT, data=form(fake, address="ftp://models", model="", per_minute="0"))
    assert answer.status_code == 422
    for told in ("begins with https", "the name by which", "outside what is allowed", "ftp://models"):
        assert told in answer.text, told
    assert "very-secret" not in answer.text
    assert not (await terms.terms_of(house.db)).address


async def test_the_connection_is_tried_with_invented_words(client: Any, sign_in: SignIn, fake: FakeModel) -> None:
    await sign_in(client, "administrator", language="en")
    assert "address and the model" in (await client.post(AT + "/test")).text
    await client.post(AT, data=form(fake))
    fake.chooses(scenario="move")
    assert "chose the right wish" in (await client.post(AT + "/test")).text
    fake.chooses(scenario="parking")
    assert "another wish" in (await client.post(AT + "/test")).text
    fake.chooses(scenario="hours", more="x")
    assert "keep to the schema" in (await client.post(AT + "/test")).text
    fake.status = 401
    assert "refuses us" in (await client.post(AT + "/test")).text
    assert "Bearer very-secret" in fake.keys
