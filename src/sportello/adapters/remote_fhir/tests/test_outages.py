"""A hospital's server that is away, slow, wrong or hostile: readers are told, and nothing is made up."""

import asyncio
import html
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from sportello.adapters.remote_fhir import hearing, signing, terms
from sportello.adapters.remote_fhir.link import Links
from sportello.adapters.remote_fhir.tests.conftest import Connect, Hospital
from sportello.adapters.remote_fhir.wording import TROUBLES
from sportello.fhir import store
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.record import reading
from sportello.record.ports import Away, ClinicalRecord, NotWritten, Stale, Standing
from sportello.record.tests.cast import GIULIA, PAOLO, PEOPLE, RECORD, of

TEAM = of("CareTeam", "squadra", status="active", name="Squadra")
JSON = {"content-type": "application/fhir+json"}
Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture
async def there(hospital: Hospital, connect: Connect) -> Hospital:
    """Giulia's record is at the hospital's server."""
    await hospital.has(*PEOPLE, *RECORD, TEAM)
    await connect()
    return hospital


def page(*resources: Any, following: str = "") -> Answer:
    """A page of search results with a link to the next."""
    link = [{"relation": "next", "url": following}] if following else []
    entries = [{"resource": one, "search": {"mode": "match"}} for one in resources]
    return (
        200,
        JSON,
        json.dumps({"resourceType": "Bundle", "type": "searchset", "link": link, "entry": entries}).encode(),
    )


async def looked(house: House) -> tuple[reading.PatientHeader, Standing]:
    """Paolo opens Giulia's header."""

    async def work(tx: Transaction) -> tuple[reading.PatientHeader, Standing]:
        record: ClinicalRecord = house.port(ClinicalRecord)
        shown = await reading.patient_header(house, tx, PAOLO, GIULIA)
        return shown, await record.standing(tx, GIULIA)

    house.port(Links).renew()  # as another process, which has not met the trouble yet
    return await house.db.run(work)


async def test_each_trouble_with_one_type_is_told_and_the_rest_is_shown(
    there: Hospital, house: House, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = urlsplit(there.address).port or 0
    beside = there.address.replace(f":{port}", f":{port ^ 1}")
    mite = of("AllergyIntolerance", "acari", code={"text": "Acari"})
    stranger = mite | {"id": "altro", "patient": {"reference": "Patient/nico"}}
    late = asyncio.sleep
    troubles: dict[str, tuple[str, Callable[[], Any]]] = {
        "an error": ("failed", lambda: (500, JSON, b'{"resourceType": "OperationOutcome"}')),
        "refused": ("refused", lambda: (403, JSON, b"{}")),
        "no JSON": ("garbled", lambda: (200, JSON, b"<html>")),
        "deep JSON": ("garbled", lambda: (200, JSON, b"[" * 100_000)),
        "no bundle": ("garbled", lambda: (200, JSON, b'{"resourceType": "Patient"}')),
        "a resource of another shape": ("garbled", lambda: page(mite, {"resourceType": "AllergyIntolerance", "id": 7})),
        "U+0000": ("garbled", lambda: page(mite, mite | {"id": "b", "note": [{"text": "a\x00b"}]})),
        "another patient's": ("stranger", lambda: page(mite, stranger)),
        "sent away": ("elsewhere", lambda: (302, {"location": "http://127.0.0.1:1/"}, b"")),
        "a next page elsewhere": ("elsewhere", lambda: page(mite, following="http://127.0.0.1:1/fhir/R4?page=2")),
        "a next page at the same host's other port": ("elsewhere", lambda: page(mite, following=f"{beside}/x")),
        "too large": ("huge", lambda: page(mite | {"note": [{"text": "x" * 200_000}]})),
        "too many questions": ("busy", lambda: (429, {"retry-after": "120"}, b"")),
        "too slow": ("slow", lambda: late(2.5)),
    }
    monkeypatch.setattr(hearing, "LARGEST", 150_000)
    await connect(seconds=2)
    for name, (code, told) in troubles.items():
        there.door.spoil = lambda method, path, body, told=told: told() if "/AllergyIntolerance" in path else None  # type: ignore[misc]
        header, standing = await looked(house)
        assert standing.trouble == TROUBLES[code], name
        assert "AllergyIntolerance" in (*standing.failed, *standing.missing), name
        assert "altro" not in str(await house.db.fetch("select id from adapters.remote_resource")), name
        if code not in ("busy", "slow"):
            assert (header.name, header.last_visit is not None) == ("Giulia Ferri", True), name
        assert not header.no_known_allergies, name
    there.door.spoil = lambda *_: None
    header, standing = await looked(house)
    assert (standing.trouble, standing.missing, standing.failed) == ("", (), ())
    assert len(header.allergies) == 2
    assert standing.as_of


async def test_nobody_s_data_stand_in_addresses(there: Hospital, house: House) -> None:
    await looked(house)
    await house.db.run(lambda tx: reading.find_patients(house, tx, PAOLO, "ferri"))
    asked = [(method, path) for method, path, _ in there.door.asked]
    assert {method for method, path in asked if "_search" in path} == {"POST"}
    assert not [path for _, path in asked if GIULIA in path or "ferri" in path]
    # A server that takes searches in addresses only is asked there, and not tried again and again.
    there.door.spoil = lambda method, path, body: (405, JSON, b"{}") if path.endswith("_search") else None
    there.door.asked.clear()
    header, standing = await looked(house)
    assert (header.name, standing.trouble) == ("Giulia Ferri", "")
    assert len([one for one in there.door.asked if one[1].endswith("_search")]) <= 6


async def test_tokens_are_kept_renewed_and_refused(there: Hospital, house: House) -> None:
    async def tokens() -> int:
        return len([one for one in there.door.asked if one[1].endswith("/token")])

    record: ClinicalRecord = house.port(ClinicalRecord)
    await house.db.run(lambda tx: record.every(tx, "Practitioner"))
    await house.db.run(lambda tx: record.of_patient(tx, GIULIA, ["Flag"], hidden=()))
    assert await tokens() == 1
    await there.house.db.execute("delete from administration.machine_token")
    await house.db.run(lambda tx: record.of_patient(tx, GIULIA, ["Flag"], hidden=()))
    assert await tokens() == 2
    standing = await house.db.run(lambda tx: record.standing(tx, GIULIA))
    assert not standing.trouble
    await signing.make_keys(house)  # which the hospital's server has not read
    house.port(Links).renew()
    with pytest.raises(Away):
        await house.db.run(lambda tx: record.find_patients(tx, ["ferri"], hidden=(), limit=5))


async def test_changes_that_are_not_taken(there: Hospital, house: House, connect: Connect) -> None:
    record: ClinicalRecord = house.port(ClinicalRecord)
    now = house.clock.now()

    async def named(name: str) -> None:
        version = await house.db.run(lambda tx: record.version(tx, "CareTeam", "squadra"))
        await house.db.run(lambda tx: record.keep(tx, TEAM | {"name": name}, version, now))

    async def answers(told: Any) -> str:
        there.door.spoil = lambda method, path, body: told(method) if method == "PUT" else None
        try:
            await named("Nuova")
        except NotWritten as refusal:
            return refusal.why
        return "kept"

    assert await answers(lambda _: (405, JSON, b"{}")) == "read-only"
    assert await answers(lambda _: (422, JSON, b"{}")) == "refused"
    assert await answers(lambda _: (503, {}, b"")) == "away"
    assert await answers(lambda _: (200, JSON, b"nonsense")) == "away"  # it is looked at: nothing has changed there
    # The server takes it, the answer is lost: it is looked at, and found to be taken.
    there.door.spoil = lambda method, path, body: taken() if method == "PUT" else None

    async def taken() -> Answer:
        await there.has(TEAM | {"name": "Presa"})
        return 200, JSON, b"<lost>"

    await named("Presa")
    outcomes = await house.db.fetch("select outcome from adapters.remote_change order by at")
    assert [one["outcome"] for one in outcomes] == ["read-only", "refused", "away", "away", "kept"]
    there.door.spoil = lambda *_: None
    await connect(writes=False)
    with pytest.raises(NotWritten, match="read-only"):
        await named("Mai")
    kept = await there.house.db.run(lambda tx: store.get(tx, "CareTeam", "squadra"))
    assert kept
    assert kept["name"] == "Presa"


async def test_two_at_once_one_is_told(there: Hospital, house: House) -> None:
    record: ClinicalRecord = house.port(ClinicalRecord)
    version = await house.db.run(lambda tx: record.version(tx, "CareTeam", "squadra"))
    both = await asyncio.gather(
        *(house.db.run(lambda tx, name=name: record.keep(tx, TEAM | {"name": name}, version, house.clock.now()))  # type: ignore[misc]
          for name in "AB"), return_exceptions=True,
    )  # fmt: skip
    assert sorted(type(one) for one in both if one) == [Stale]
    history = await there.house.db.run(lambda tx: store.history(tx, "CareTeam", "squadra"))
    assert len(history) == 2


async def test_pages_while_the_server_is_away(
    there: Hospital, house: House, client: httpx.AsyncClient, sign_in: Callable[..., Awaitable[Any]]
) -> None:
    await sign_in(client, "agent", language="en")
    shown = (await client.get(f"/desk/patient/{GIULIA}")).text
    assert "From Cartella di San Luca" in shown
    assert "as of" in shown
    there.door.spoil = lambda *_: (503, {}, b"")
    shown = html.unescape((await client.get(f"/desk/patient/{GIULIA}")).text)
    assert "The hospital's server cannot be reached." in shown
    assert "What is shown is as of" in shown
    assert "Penicillina" in shown
    plan = await client.get(f"/desk/patient/{GIULIA}?part=plan")
    assert "Not available now:" in plan.text
    missing = await client.get("/desk/patient/nico")
    assert missing.status_code == 503
    assert "nothing of what you ask for is kept here" in missing.text
    assert (await client.post("/desk/patients", data={"q": "ferri"})).status_code == 503
    before = len(there.door.asked)
    await client.get(f"/desk/patient/{GIULIA}")
    assert len(there.door.asked) == before, "a server that is down is left alone for a while"
    # Back again, and the patient has gone.
    there.door.spoil = lambda *_: None
    house.port(Links).renew()
    assert "From Cartella di San Luca" in (await client.get(f"/desk/patient/{GIULIA}")).text
    await there.house.db.run(lambda tx: store.delete(tx, "Patient", GIULIA))
    assert (await client.get(f"/desk/patient/{GIULIA}")).status_code == 404


async def test_the_screen(there: Hospital, house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    await sign_in(client, "supervisor")
    assert (await client.get("/desk/clinical-record")).status_code == 403
    await sign_in(client, "administrator", language="en")
    tested = (await client.post("/desk/clinical-record/test")).text
    for told in (
        "The server speaks FHIR R4.",
        "Patients can be searched.",
        "Care plans and care teams can be changed.",
    ):
        assert told in tested
    form = {"kind": "remote", "address": "http://fhir.hospital.example/r4", "auth": "signed", "client": "",
            "seconds": "0", "ceiling": "5", "fresh": "10", "keep": "24"}  # fmt: skip
    refused = await client.post("/desk/clinical-record", data=form)
    assert refused.status_code == 422
    assert "This number is outside what is allowed." in refused.text
    refused = await client.post("/desk/clinical-record", data=form | {"seconds": "5"})
    for told in ("Write a whole address that begins with https://", "Write the id that"):
        assert told in refused.text
    kept = await client.post("/desk/clinical-record", data=form | {"kind": "embedded", "seconds": "5"})
    assert kept.status_code == 303
    assert not (await terms.terms_of(house)).remote
    assert not await house.db.fetch("select id from adapters.remote_resource")
    before = (await client.get("/fhir-client/jwks.json")).json()["keys"]
    await client.post("/desk/clinical-record/keys")
    after = (await client.get("/fhir-client/jwks.json")).json()["keys"]
    assert len(before) == 2
    assert len(after) == 4
    assert not [key for key in after if "d" in key]
