"""Tokens for signed words: the right one gets one once; every way of cheating gets none."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from sportello.administration import machines
from sportello.administration.actor import SYSTEM
from sportello.fhir.ports import ANSWERED, KeySource, Unreachable
from sportello.fhir.smart import registering
from sportello.fhir.smart.asserting import TYPE
from sportello.fhir.smart.registering import Unregistrable, public_keys
from sportello.kit.house import House
from sportello.kit.ids import uuid7

AUD = "http://sportello.test/fhir/R4/token"
EC = ECKey.generate_key("P-384", {"kid": "own"})
RSA = RSAKey.generate_key(2048, {"kid": "own"})
Register = Callable[..., Awaitable[str]]


@pytest.fixture
def register(house: House) -> Register:
    """Registers a system and answers its id."""

    async def made(scopes: str = "system/*.rs", key: Any = EC, url: str = "") -> str:
        client, keys = uuid7(), "" if url else KeySet([key]).as_dict(private=False)
        text = json.dumps(keys) if keys else ""
        async with house.db.transaction() as tx:
            await registering.register(
                house, tx, SYSTEM, client=client, name="Lab", scopes=scopes, keys=text, keys_url=url
            )
        return str(client)

    return made


def word(house: House, client: str, key: Any = EC, algorithm: str = "ES384", **changes: Any) -> str:
    now = int(house.clock.now().timestamp())
    claims = {"iss": client, "sub": client, "aud": AUD, "exp": now + 240, "jti": str(uuid7()), **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": "own"}, claims, key, algorithms=[algorithm])


async def ask(client: httpx.AsyncClient, assertion: str, scope: str = "system/*.rs", **changes: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": assertion}
    return await client.post("/fhir/R4/token", data={**form, "scope": scope, **changes})


async def test_the_way_to_a_token_is_told(client: httpx.AsyncClient) -> None:
    told = (await client.get("/fhir/R4/.well-known/smart-configuration")).json()
    assert told["token_endpoint"] == AUD
    assert told["grant_types_supported"] == ["client_credentials"]


@pytest.mark.parametrize(("key", "algorithm"), [(EC, "ES384"), (RSA, "RS384")])
async def test_a_signed_word_gets_a_token_that_opens_the_door(
    house: House, client: httpx.AsyncClient, register: Register, key: Any, algorithm: str
) -> None:
    system = await register("system/Patient.rs", key)
    answer = await ask(client, word(house, system, key, algorithm), "system/Patient.cruds system/Observation.rs")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("bearer", 300, "system/Patient.rs")
    assert answer.headers["cache-control"] == "no-store"
    headers = {"authorization": f"Bearer {told['access_token']}"}
    assert (await client.get("/fhir/R4/Patient", headers=headers)).status_code == 200
    assert (await client.get("/fhir/R4/Observation", headers=headers)).status_code == 403


async def test_a_word_counts_once(house: House, client: httpx.AsyncClient, register: Register) -> None:
    same = word(house, await register())
    answers = await asyncio.gather(*(ask(client, same) for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [200] + [401] * 7


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://elsewhere.example/token"}, {"aud": None}, {"sub": "somebody"}, {"iss": str(uuid7())},
        {"iss": "nobody"}, {"jti": None}, {"jti": ""}, {"exp": None}, {"exp": "soon"}, {"exp": 1}, {"exp": 9e15},
        {"nbf": 9e11}, {"iss": None},
    ],
)  # fmt: skip
async def test_a_word_for_others_or_out_of_its_time_gets_none(
    house: House, client: httpx.AsyncClient, register: Register, changes: dict[str, Any]
) -> None:
    answer = await ask(client, word(house, await register(), **changes))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_word_signed_by_others_gets_none(house: House, client: httpx.AsyncClient, register: Register) -> None:
    system = await register()
    other = ECKey.generate_key("P-384", {"kid": "own"})
    public = KeySet([EC]).as_dict(private=False)["keys"][0]["x"]
    unsigned = word(house, system).rsplit(".", 1)[0] + "."
    other_curve, shared = ECKey.generate_key("P-256"), OctKey.import_key(public)
    words = [
        word(house, system, other), word(house, system, RSA, "RS384"), word(house, system, other_curve, "ES256"),
        word(house, system, shared, "HS256"), unsigned, "", "a.b.c", "nonsense", "x" * 9000,
    ]  # fmt: skip
    for one in words:
        assert (await ask(client, one)).status_code == 401
    too_long = word(house, system, exp=int((house.clock.now() + timedelta(hours=1)).timestamp()))
    assert "five minutes" in (await ask(client, too_long)).json()["error_description"]


async def test_other_ways_of_asking_are_refused(house: House, client: httpx.AsyncClient, register: Register) -> None:
    system = await register("system/Patient.r")
    for changes, error in (
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "x"}, "invalid_request"),
        ({"scope": "system/Observation.r launch openid"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
    ):
        answer = await ask(client, word(house, system), **changes)
        assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_a_withdrawn_system_is_out_at_once(house: House, client: httpx.AsyncClient, register: Register) -> None:
    system = await register()
    token = (await ask(client, word(house, system))).json()["access_token"]
    async with house.db.transaction() as tx:
        assert await registering.withdraw(house, tx, SYSTEM, UUID(system))
    headers = {"authorization": f"Bearer {token}"}
    assert (await client.get("/fhir/R4/Patient", headers=headers)).status_code == 401
    assert (await ask(client, word(house, system))).status_code == 401


class Published:
    """A KeySource with what was published so far."""

    def __init__(self, *keys: Any) -> None:
        self.now, self.shown = list(keys), list(keys)
        self.asked = 0

    async def keys(self, url: str, *, fresh: bool) -> dict[str, Any]:
        self.asked += 1
        if not self.now:
            raise Unreachable(ANSWERED, status="503")
        self.shown = list(self.now) if fresh else self.shown
        return KeySet(self.shown).as_dict(private=False)


async def test_keys_at_an_address_may_change(house: House, client: httpx.AsyncClient, register: Register) -> None:
    house.ports[KeySource] = published = Published(EC)
    system = await register(url="https://lab.example/keys")
    assert (await ask(client, word(house, system))).status_code == 200
    newer = ECKey.generate_key("P-384", {"kid": "own"})
    published.now = [newer]
    assert (await ask(client, word(house, system, newer))).status_code == 200, "looked once more"
    published.now = []
    published.shown = []
    answer = await ask(client, word(house, system, newer))
    assert (answer.status_code, "503" in answer.json()["error_description"]) == (401, True)


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"keys": []}', '{"keys": [3]}', '{"kty": "RSA"}'])
def test_what_is_no_key_set(text: str) -> None:
    with pytest.raises(Unregistrable):
        public_keys(text)


def test_private_and_weak_keys_are_refused() -> None:
    for key in (EC, RSA):
        with pytest.raises(Unregistrable, match="private"):
            public_keys(json.dumps(KeySet([key]).as_dict(private=True)))
    for weak in (ECKey.generate_key("P-256"), RSAKey.generate_key(1024)):
        with pytest.raises(Unregistrable, match="2048"):
            public_keys(json.dumps(weak.as_dict(private=False)))


async def test_the_screen(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    await sign_in(client, "administrator")

    async def page() -> str:
        return (await client.get("/desk/systems")).text

    csrf = re.search(r'name="csrf" value="([^"]+)"', await page())
    assert csrf
    form = {
        "csrf": csrf[1], "id": str(uuid7()), "name": "Radiology <b>", "scopes": "system/Patient.rs",
        "keys": json.dumps(KeySet([EC]).as_dict(private=False)),
    }  # fmt: skip
    wrong = await client.post("/desk/systems", data={**form, "keys": "nonsense", "scopes": "all of it"})
    assert wrong.status_code == 422
    assert "Radiology &lt;b&gt;" in wrong.text
    assert "nonsense" in wrong.text, "nothing typed is lost"
    for _ in range(2):
        assert (await client.post("/desk/systems", data=form)).status_code == 303
    assert (await page()).count(form["id"]) == 3, "one row: its id, its anchor, its form"
    async with house.db.transaction() as tx:
        await machines.issue(house, tx, SYSTEM, "fhir", ["*"], "Trial", timedelta(days=1))
    shown = await page()
    token = re.search(r"/desk/systems/tokens/([^/]+)/revoke", shown)
    assert token
    for address in (f"/desk/systems/tokens/{token[1]}/revoke", f"/desk/systems/{form['id']}/withdraw"):
        assert (await client.post(address, data={"csrf": csrf[1]})).status_code == 303
        assert (await client.post(address, data={"csrf": csrf[1]})).status_code == 303
    gone = await page()
    assert "Radiology" not in gone
    assert "Trial" not in gone
    words = await house.db.fetch(
        "select action from administration.audit_event where action ~ '^(system|token)' order by seq"
    )
    assert [row["action"] for row in words] == [
        "system.registered",
        "token.issued",
        "token.revoked",
        "system.withdrawn",
    ]
