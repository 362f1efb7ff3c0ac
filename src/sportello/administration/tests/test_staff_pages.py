"""Administrators' screens: accounts, roles, passwords and the trail, for every role and with hostile input."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from sportello.administration import accounts
from sportello.administration.actor import SYSTEM
from sportello.administration.permissions import DEFAULTS, Permission, Role
from sportello.administration.testing import PASSWORD, staff_member
from sportello.administration.words import PERMISSIONS
from sportello.kit.house import House

HTML = {"accept": "text/html"}
NEW = {"name": "Anna Neri", "login": "anna", "role": "agent", "language": "it", "password": "una frase molto lunga"}


async def add(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    return await client.post("/desk/staff", data={"id": str(uuid4()), **NEW, **fields}, headers=HTML)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("/desk/staff", Permission.STAFF_MANAGE),
        ("/desk/roles", Permission.STAFF_MANAGE),
        ("/desk/audit", Permission.AUDIT_READ),
        ("/desk/password", None),
    ],
)
async def test_roles_open_the_doors_they_hold(
    client: httpx.AsyncClient, sign_in: Any, role: Role, path: str, permission: Permission | None
) -> None:
    assert (await client.get(path)).status_code == 401
    await sign_in(client, role.value)
    allowed = permission is None or permission in DEFAULTS[role]
    assert (await client.get(path, headers=HTML)).status_code == (200 if allowed else 403)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
async def test_only_administrators_change_staff(
    house: House, client: httpx.AsyncClient, sign_in: Any, role: Role
) -> None:
    actor = await sign_in(client, role.value)
    for path in ("/desk/staff", f"/desk/staff/{actor.id}", f"/desk/staff/{actor.id}/password", "/desk/roles/agent"):
        answer = await client.post(path, data={**NEW, "permission": "staff.manage"}, headers=HTML)
        assert answer.status_code == 403, path
    assert await house.db.fetchval("select count(*) from administration.staff") == 1


async def test_a_new_account_signs_in_and_chooses_its_password(
    house: House, client: httpx.AsyncClient, sign_in: Any
) -> None:
    await sign_in(client, "administrator")
    page = await client.get("/desk/staff", headers=HTML)
    suggested = re.search(r'name="password" type="text" value="([\w-]{24})"', page.text)
    assert suggested
    answer = await add(client, password=suggested[1])
    assert answer.status_code == 303
    client.cookies.clear()
    del client.headers["x-csrf-token"]
    await client.post("/sign-in", data={"login": "anna", "password": suggested[1]}, headers=HTML)
    led = await client.get("/desk/audit", headers=HTML)
    assert led.headers["location"] == "/desk/password"
    assert (await client.get("/desk/staff", headers={"hx-request": "true"})).headers["hx-redirect"] == "/desk/password"
    own = await client.get("/desk/password", headers=HTML)
    token = re.search(r'name="csrf" value="(\w+)"', own.text)
    assert token
    for old, new, status in (
        ("wrong", "quattro parole bastano qui", 422),
        (suggested[1], "corta", 422),
        (suggested[1], suggested[1], 422),
        (suggested[1], "quattro parole bastano qui", 303),
    ):
        form = {"csrf": token[1], "old_password": old, "new_password": new}
        assert (await client.post("/desk/password", data=form, headers=HTML)).status_code == status
    assert (await client.get("/desk/password?done=yes", headers=HTML)).status_code == 200
    assert (await client.get("/desk/staff", headers=HTML)).status_code == 403


async def test_a_double_click_adds_one_account(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    await sign_in(client, "administrator")
    once, twice = [await add(client, id="0192b6a4-0000-7000-8000-000000000001") for _ in range(2)]
    assert once.headers["location"] == twice.headers["location"]
    assert await house.db.fetchval("select count(*) from administration.staff where login = 'anna'") == 1
    assert await house.db.fetchval("select count(*) from administration.audit_event where action = 'staff.added'") == 1


@pytest.mark.parametrize(
    "name", ["مريم بنت علي", "דנה כהן", "👩‍⚕️ Łucja Öğüt", '<b>Anna</b> & "Neri"', "Anna\u202eireN", "x" * 200]
)
async def test_names_in_any_script(house: House, client: httpx.AsyncClient, sign_in: Any, name: str) -> None:
    await sign_in(client, "administrator")
    assert (await add(client, name=name)).status_code == 303
    page = await client.get("/desk/staff", headers=HTML)
    assert page.status_code == 200
    assert "<b>Anna" not in page.text
    kept = await house.db.fetchval("select name from administration.staff where login = 'anna'")
    assert kept == name.replace("\u202e", "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 10_000), ("name", " \t "), ("name", "\u202e"), ("login", "con spazio"), ("login", "è"),
        ("login", "x" * 10_000), ("login", "sara"), ("role", "boss"), ("language", "xx"), ("email", "not an address"),
        ("password", "short"), ("password", "x" * 10_000), ("id", "not-a-uuid"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_said_and_what_was_typed_stays(
    house: House, client: httpx.AsyncClient, sign_in: Any, field: str, value: str
) -> None:
    await sign_in(client, "administrator")
    answer = await add(client, **{"email": "anna@example.it", field: value})
    assert answer.status_code == 422
    assert 'class="error-summary"' in answer.text
    assert ('value="anna@example.it"' in answer.text) or field == "email"
    assert await house.db.fetchval("select count(*) from administration.staff") == 1


async def test_changes_end_sessions_and_are_on_record(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    elena = await sign_in(client, "agent")
    agent_cookie = dict(client.cookies)
    client.cookies.clear()
    await sign_in(client, "administrator")
    form = {"name": "Elena Conti Rossi", "role": "supervisor", "language": "en", "active": "yes"}
    changed = await client.post(f"/desk/staff/{elena.id}", data=form, headers=HTML)
    assert changed.headers["location"].endswith("?done=changed")
    assert (await client.get(changed.headers["location"], headers=HTML)).status_code == 200
    closed = await client.post(f"/desk/staff/{elena.id}", data={**form, "active": ""}, headers=HTML)
    assert closed.status_code == 303
    details = await house.db.fetch(
        "select detail from administration.audit_event where action = 'staff.changed' order by seq"
    )
    assert [row[0] for row in details] == [
        {"name": True, "role": "supervisor", "language": "en"}, {"active": False}
    ]  # fmt: skip
    client.cookies.clear()
    client.cookies.update(agent_cookie)
    assert (await client.get("/desk/password")).status_code == 401


async def test_somebody_is_left_to_manage_staff(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    sara = await sign_in(client, "administrator")
    form = {"name": "Sara Villa", "role": "agent", "language": "it", "active": "yes"}
    assert (await client.post(f"/desk/staff/{sara.id}", data=form, headers=HTML)).status_code == 422
    roles = await client.post("/desk/roles/administrator", data={"permission": ["audit.read"]}, headers=HTML)
    assert roles.status_code == 422
    assert "Deve restare qualcuno" in roles.text
    with pytest.raises(accounts.Unacceptable):
        async with house.db.transaction() as tx:
            await accounts.change_staff(
                house, tx, SYSTEM, UUID(sara.id), role="administrator", language="it", active=False
            )
    assert (await client.get("/desk/staff", headers=HTML)).status_code == 200


async def test_a_role_changes_at_the_next_request(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    await sign_in(client, "supervisor")
    supervisor = dict(client.cookies)
    client.cookies.clear()
    await sign_in(client, "administrator")
    given = ["audit.read", "conversation.take", "no.such.permission", "<script>"]
    assert (await client.post("/desk/roles/supervisor", data={"permission": given}, headers=HTML)).status_code == 303
    assert (await client.post("/desk/roles/no-such-role", data={}, headers=HTML)).status_code == 404
    held = await house.db.fetch("select permission from administration.role_permission where role = 'supervisor'")
    assert {row[0] for row in held} == {"audit.read", "conversation.take"}
    client.cookies.clear()
    client.cookies.update(supervisor)
    assert (await client.get("/desk/audit", headers=HTML)).status_code == 200


async def test_a_given_password_ends_the_old_sessions(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    elena = await sign_in(client, "agent")
    agent_cookie = dict(client.cookies)
    client.cookies.clear()
    await sign_in(client, "administrator")
    form = {"password": "una frase nuova e lunga"}
    assert (await client.post(f"/desk/staff/{elena.id}/password", data=form, headers=HTML)).status_code == 303
    client.cookies.clear()
    client.cookies.update(agent_cookie)
    assert (await client.get("/desk/password")).status_code == 401
    answer = await client.post("/sign-in", data={"login": "elena", "password": PASSWORD}, headers=HTML)
    assert answer.status_code in {403, 422}


@pytest.mark.parametrize("forged", ["0192b6a4-0000-7000-8000-000000000009", "1", "' or 1=1", "%00", "x" * 5000])
async def test_forged_ids_find_nothing(client: httpx.AsyncClient, sign_in: Any, forged: str) -> None:
    await sign_in(client, "administrator")
    assert (await client.get(f"/desk/staff/{forged}", headers=HTML)).status_code == 404
    form = {"name": "X", "role": "agent", "language": "it", "password": "una frase nuova e lunga"}
    for tail in ("", "/password"):
        answer = await client.post(f"/desk/staff/{forged}{tail}", data=form, headers=HTML)
        assert answer.status_code == 404


async def test_the_trail_is_filtered_and_paged(house: House, client: httpx.AsyncClient, sign_in: Any) -> None:
    from sportello.administration import audit

    sara = await sign_in(client, "administrator")
    elena = await staff_member(house, "agent")
    async with house.db.transaction() as tx:
        for n in range(120):
            patient = "giulia" if n % 2 else "carlo"
            await audit.record(house, tx, elena, "patient.read", patient=patient, detail={"part": "<b>plan</b>"})
    first = await client.get(f"/desk/audit?patient=giulia&who={elena.id}", headers=HTML)
    assert first.text.count("<tr>") == 51
    assert "<b>plan" not in first.text
    more = re.search(r'href="(/desk/audit\?before=[^"]+)"', first.text)
    assert more
    second = await client.get(more[1].replace("&amp;", "&"), headers=HTML)
    assert second.text.count("<tr>") == 11
    reads = await house.db.fetch("select actor from administration.audit_event where action = 'audit.read'")
    assert [row[0] for row in reads] == [sara.id] * 2
    for query in ("day=tomorrow", "before=x", "before=99999999999999999999", "patient=%00", "day=9999-12-31"):
        assert (await client.get(f"/desk/audit?{query}", headers=HTML)).status_code in {200, 422}, query


def test_every_permission_has_its_words() -> None:
    assert set(PERMISSIONS) == set(Permission)
    assert set().union(*DEFAULTS.values()) <= set(Permission)


def test_the_documents_tell_what_roles_may_do() -> None:
    told = (Path(__file__).parents[4] / "docs" / "administration.md").read_text()
    columns = [Role.AGENT, Role.SUPERVISOR, Role.CARE_COORDINATOR, Role.ADMINISTRATOR]
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \|(.+)\|$", told, re.M))
    assert set(rows) == set(Permission)
    for permission, row in rows.items():
        held = [role for role, cell in zip(columns, row.split("|"), strict=True) if cell.strip() == "yes"]
        assert held == [role for role in columns if permission in DEFAULTS[role]], permission
