"""A patient's copy: asked for in the portal, approved by staff, holds what every room keeps, goes after its time."""

import io
import zipfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pypdf
import pytest

from sportello.administration.actor import Actor
from sportello.administration.privacy import copying
from sportello.administration.testing import staff_member
from sportello.kit.clock import Clock
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.security.tokens import hashed
from sportello.kit.settings import Settings
from sportello.portal.signing_in import COOKIE
from sportello.portal.store import Account, add_session
from tests.erasing.stage import BRUNO, ERMENGARDA, Person, furnish

SignIn = Callable[..., Awaitable[Actor]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, demo=True)


async def signed_in(house: House, client: httpx.AsyncClient, one: Person) -> None:
    """The patient's own browser."""
    now = house.clock.now()
    account = Account(one.mark, "x", one.id, "it")
    token = f"{one.mark}-{uuid7()}"
    async with house.db.transaction() as tx:
        await add_session(tx, hashed(token), account, now, now + timedelta(hours=1))
    client.cookies.set(COOKIE, token)


async def test_a_patient_asks_staff_approve_and_all_of_it_is_in_the_packet(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await house.jobs.stop()
    her, him = Person(*ERMENGARDA), Person(*BRUNO)
    for one in (her, him):
        await furnish(house, one)
    await signed_in(house, client, her)
    page = await client.get("/portal/data")
    csrf = page.text.split('name="csrf" value="')[1].split('"')[0]
    number = page.text.split('name="id" value="')[1].split('"')[0]
    for _ in range(2):  # a double click
        asked = await client.post("/portal/data/copy", data={"csrf": csrf, "id": number})
        assert asked.status_code == 303
    copies = await house.db.fetch("select id, state from administration.data_copy")
    assert [row["state"] for row in copies] == ["asked"]
    copy = copies[0]["id"]
    assert (await client.get(f"/portal/data/{copy}/data.zip")).status_code == 404

    await sign_in(client, "agent")
    assert (await client.get("/desk/privacy")).status_code == 403
    assert (await client.post(f"/desk/privacy/copies/{copy}/approve")).status_code == 403
    await sign_in(client, "supervisor")
    assert (await client.post(f"/desk/privacy/copies/{copy}/approve")).status_code == 303
    assert (await client.post(f"/desk/privacy/copies/{copy}/approve")).status_code == 409
    await house.jobs.run_due()
    assert (await client.get(f"/desk/privacy/copies/{copy}/packet.zip")).status_code == 404, (
        "no sensitive parts for her"
    )

    client.cookies.clear()
    await signed_in(house, client, her)
    answer = await client.get(f"/portal/data/{copy}/data.zip")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packet:
        names = packet.namelist()
        bundle = msgspec.json.decode(packet.read("data.json"))
        pdf = pypdf.PdfReader(io.BytesIO(packet.read("data.pdf")))
        assert packet.read("files/conversation-1/zirlante.pdf") == b"zirlante dice"
    assert set(names) == {"data.pdf", "data.json", "files/conversation-1/zirlante.pdf"}
    kinds = {f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in bundle["entry"]}
    own = {f"Patient/{her.id}", f"Observation/o-{her.id}", f"Binary/b-{her.id}", f"Appointment/{her.visit}"}
    assert own <= kinds
    text = "".join(one.extract_text() for one in pdf.pages)
    flat = " ".join(text.split())
    for word in (her.name, her.fiscal, her.phone, "zirlante dice", "Conversazioni", "Appuntamenti", her.email,
                 "Richieste di essere richiamato", "E-mail inviate"):  # fmt: skip
        assert word in flat, word
    assert him.name not in flat
    assert him.id.encode() not in msgspec.json.encode(bundle)
    headings = [one.title for one in pdf.outline if not isinstance(one, list)]
    assert "Dati anagrafici" in headings
    assert pdf.root_object["/Lang"] == "it"

    await signed_in(house, client, him)
    assert (await client.get(f"/portal/data/{copy}/data.zip")).status_code == 404
    trail = await house.db.fetch(
        "select action from administration.audit_event where entity = $1 order by seq", str(copy)
    )
    assert [row["action"].removeprefix("privacy.copy_") for row in trail] == ["asked", "approved", "made", "fetched"]


async def test_a_copy_goes_after_its_time(house: House) -> None:
    await house.jobs.stop()
    her, marta = Person(*ERMENGARDA), await staff_member(house, "supervisor")
    await furnish(house, her)
    copy = uuid7()

    async def ask(tx: Any) -> None:
        await copying.ask(house, tx, marta, copy, her.id, "en", "staff")
        await copying.approve(house, tx, marta, copy)

    await house.db.run(ask)
    await house.jobs.run_due()
    patient = Actor("patient", her.id, "", "en")
    assert await house.db.run(lambda tx: copying.fetch(house, tx, patient, copy))
    house.clock = _Later(house.clock)
    assert await house.db.run(lambda tx: copying.fetch(house, tx, patient, copy)) is None
    await house.db.run(lambda tx: copying.forget(house, tx, {}))
    row = await house.db.fetchrow("select state, content from administration.data_copy where id = $1", copy)
    assert (row["state"], row["content"]) == ("gone", None)


class _Later(Clock):
    """Eight days on."""

    def __init__(self, before: Clock) -> None:
        self._before = before

    def now(self) -> Any:
        return self._before.now() + timedelta(days=8)
