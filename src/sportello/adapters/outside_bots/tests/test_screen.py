"""The screen of the hospital's own bot: who may open it, what it refuses, what it never shows, the test, the trace."""

from collections.abc import Awaitable, Callable
from typing import Any

from sportello.adapters.outside_bots import connection
from sportello.adapters.outside_bots.checking import check
from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.tests.conftest import Comes
from sportello.adapters.outside_bots.tests.fake import Fake, words
from sportello.administration.actor import Actor
from sportello.kit.house import House

SignIn = Callable[..., Awaitable[Actor]]


def form(**changed: str) -> dict[str, str]:
    return {
        "kind": "generic", "base_url": "https://europe.directline.botframework.com/v3/directline",
        "secret": "very-secret", "hold": "6", "patience": "20", "fallback": "person", "visible": "all", "socket": "yes",
        "rules": "escalate event handoff.initiate", **changed,
    }  # fmt: skip


async def test_only_administrators_may(client: Any, sign_in: SignIn) -> None:
    await sign_in(client, "supervisor")
    assert (await client.get("/desk/own-bot")).status_code == 403
    assert (await client.get("/desk/own-bot/trace")).status_code == 403


async def test_terms_are_kept_and_secrets_never_shown(client: Any, sign_in: SignIn, house: House) -> None:
    await sign_in(client, "administrator")
    assert (await client.post("/desk/own-bot", data=form())).status_code == 303
    assert (await client.post("/desk/own-bot", data=form(secret="", hold="5"))).status_code == 303
    house.ports.pop(connection._Remembered, None)
    kept = await connection.connection_of(house)
    assert (kept.secret, kept.hold, kept.fallback) == ("very-secret", 5, "person")
    page = (await client.get("/desk/own-bot")).text
    assert "very-secret" not in page
    assert "handoff.initiate" in page


async def test_what_cannot_work_is_refused_with_all_that_was_typed(client: Any, sign_in: SignIn, house: House) -> None:
    await sign_in(client, "administrator", language="en")
    wrong = form(base_url="ftp://x", secret="", hold="30", rules="whenever it likes", arguments="[")
    answer = await client.post("/desk/own-bot", data=wrong)
    assert answer.status_code == 422
    for said in ("begins with https", "Without a secret", "fewer seconds", "A rule is one of", "JSON object"):
        assert said in answer.text, said
    assert "whenever it likes" in answer.text
    assert not (await connection.connection_of(house)).employed


def test_addresses_inside_the_hospital_may_be_plain() -> None:
    def fault(url: str) -> bool:
        return "base_url" in check(Connection(kind="generic", base_url=url, secret="x"), "")

    assert [fault(u) for u in ("http://bot:3978/api", "http://10.0.0.8/x", "https://a.example/v3")] == [False] * 3
    assert [fault(u) for u in ("http://bot.example/x", "javascript:alert(1)", "https://", "")] == [True] * 4


async def test_the_connection_is_tried_to_its_end(comes: Comes, fake: Fake, client: Any, sign_in: SignIn) -> None:
    fake.welcome = [words("Benvenuta, Maria Rossi, al 0551234567")]
    rosa = await comes()
    await rosa.reads("Benvenuta")
    await sign_in(client, "administrator", language="en")
    tried = (await client.post("/desk/own-bot/test")).text
    assert "lets us in" in tried
    assert "says something by itself" in tried
    assert fake.received[-1]["type"] == "endOfConversation"
    trace = (await client.get("/desk/own-bot/trace")).text
    assert "Benvenuta" in trace
    assert "Maria" not in trace
    assert "0551" not in trace
    await rosa.write("vorrei parlare con un operatore")
    await rosa.is_("queued")
    page = (await client.get("/desk/own-bot")).text
    assert "The patient asked for a person" in page
    assert "The bot did not answer in time" not in page
    fake.begin_status = 500
    assert "answers with an error" in (await client.post("/desk/own-bot/test")).text
