"""Who a request comes from when a browser is signed in as staff and as a patient, and machines at their doors."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Request, get, post

from sportello.administration import machines
from sportello.administration.actor import SYSTEM, Actor, Connection, Identified, actor_of, patient_of
from sportello.administration.identifying import also_identify
from sportello.administration.machines import machine_door
from sportello.administration.permissions import Permission, patient_door, requires, signed_in
from sportello.app import application
from sportello.kit.house import House

GIULIA = Identified(Actor("patient", "giulia", "Giulia Ferri", language="en"), "giulias-form-token")


async def giulia(_: House, connection: Connection) -> Identified | None:
    return GIULIA if connection.cookies.get("patient") == "giulia" else None


def _told(request: Request[Any, Any, Any]) -> dict[str, str]:
    actor, patient = actor_of(request), patient_of(request)
    return {
        "actor": f"{actor.kind} {actor.name}" if actor else "",
        "patient": patient.name if patient else "",
        "language": request.scope["state"]["language"],
    }


@get("/trial/open", opt={"open_door": "a trial"})
async def open_page(request: Request[Any, Any, Any]) -> dict[str, str]:
    return _told(request)


@get("/trial/staff", guards=[signed_in])
async def staff_page(request: Request[Any, Any, Any], actor: Actor) -> dict[str, str]:
    return _told(request) | {"given": actor.name}


@post("/trial/take", guards=[requires(Permission.TAKE_CONVERSATION, Permission.SUPERVISE)], status_code=200)
async def take(request: Request[Any, Any, Any]) -> dict[str, str]:
    return _told(request)


@post("/trial/patient", guards=[patient_door], status_code=200)
async def patients_own(request: Request[Any, Any, Any], actor: Actor) -> dict[str, str]:
    return _told(request) | {"given": actor.name}


@post("/trial/machine", guards=[machine_door("api", "patient.write")], opt={"bearer": True}, status_code=200)
async def machines_own(request: Request[Any, Any, Any], actor: Actor) -> dict[str, Any]:
    return {"given": actor.name, "may": actor.may("patient.read"), "scopes": sorted(request.state.machine.scopes)}


@pytest.fixture
async def web(house: House, rooms: tuple[str, ...]) -> AsyncIterator[httpx.AsyncClient]:
    also_identify(house, giulia)
    app = application(house, rooms, lifespan=False)
    for handler in (open_page, staff_page, take, patients_own, machines_own):
        app.register(handler)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sportello.test") as http:
        yield http


async def test_nobody(web: httpx.AsyncClient) -> None:
    assert (await web.get("/trial/open")).json() == {"actor": "", "patient": "", "language": "it"}
    assert (await web.get("/trial/staff")).status_code == 401
    assert (await web.post("/trial/patient")).status_code == 401
    assert "x-sign-in" not in (await web.post("/trial/patient")).headers


async def test_one_browser_two_people(web: httpx.AsyncClient, sign_in: Any) -> None:
    web.cookies.set("patient", "giulia")
    assert (await web.get("/trial/open")).json()["actor"] == "patient Giulia Ferri"
    assert (await web.get("/trial/staff")).status_code == 401, "a patient is not staff"
    await sign_in(web, "agent")
    both = (await web.get("/trial/open")).json()
    assert both == {"actor": "staff Elena Conti", "patient": "Giulia Ferri", "language": "it"}
    assert (await web.get("/trial/staff")).json()["given"] == "Elena Conti"
    own = (await web.post("/trial/patient")).json()
    assert own == {
        "actor": "patient Giulia Ferri", "patient": "Giulia Ferri", "language": "en", "given": "Giulia Ferri"
    }  # fmt: skip


async def test_a_patients_form_token(web: httpx.AsyncClient) -> None:
    web.cookies.set("patient", "giulia")
    assert (await web.post("/trial/patient")).status_code == 403
    assert (await web.post("/trial/patient", data={"csrf": "giulias-form-token"})).status_code == 200
    assert (await web.post("/trial/patient", headers={"x-csrf-token": "giulias-form-token"})).status_code == 200


@pytest.mark.parametrize(("role", "status"), [("agent", 200), ("supervisor", 200), ("administrator", 403)])
async def test_any_of_the_permissions_opens_a_door(
    web: httpx.AsyncClient, sign_in: Any, role: str, status: int
) -> None:
    await sign_in(web, role)
    assert (await web.post("/trial/take")).status_code == status


async def test_machines(house: House, web: httpx.AsyncClient, sign_in: Any) -> None:
    async with house.db.transaction() as tx:
        right = await machines.issue(house, tx, SYSTEM, "api", ["patient.write"], "Laboratory", timedelta(days=1))
        narrow = await machines.issue(house, tx, SYSTEM, "api", ["patient.read"], "", timedelta(days=1))
        other = await machines.issue(house, tx, SYSTEM, "fhir", ["*"], "", timedelta(days=1))
    await sign_in(web, "administrator")
    for token, status in ((right, 200), (narrow, 403), (other, 401), ("", 401), ("x" * 5000, 401)):
        answer = await web.post("/trial/machine", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == status, "a person's cookie opens no machine door"
    answer = await web.post("/trial/machine", headers={"authorization": f"bearer {right}"})
    assert answer.json() == {"given": "Laboratory", "may": False, "scopes": ["patient.write"]}
