"""Other systems to book at: a plain store as R4's transactions have it, and one that minds its slots itself."""

import json
from collections.abc import Awaitable, Callable, Mapping
from copy import deepcopy
from typing import Any, ClassVar

import httpx
import msgspec

from sportello.adapters.remote_booking.wire import FHIR_JSON, Pairs
from sportello.adapters.remote_fhir.hearing import Heard

BASE = "https://other.example/fhir"


def slot(name: str, start: str, end: str, schedule: str = "bianchi", status: str = "free") -> dict[str, Any]:
    return {"resourceType": "Slot", "id": name, "schedule": {"reference": f"Schedule/{schedule}"}, "status": status,
            "start": start, "end": end}  # fmt: skip


SCHEDULE = {
    "resourceType": "Schedule", "id": "bianchi", "active": True,
    "actor": [{"reference": "Practitioner/bianchi", "display": "Dott. Bianchi"}, {"reference": "Location/nord"}],
}  # fmt: skip
OFFER = [
    slot("s1", "2026-11-24T09:00:00+01:00", "2026-11-24T09:30:00+01:00"),
    slot("s2", "2026-11-24T09:30:00+01:00", "2026-11-24T10:00:00+01:00"),
    slot("s3", "2026-11-24T10:00:00+01:00", "2026-11-24T10:30:00+01:00", status="busy"),
]


class Plain:
    """HTTP with a bearer token; `token` is asked before every question."""

    def __init__(self, http: httpx.AsyncClient, base: str, token: Callable[[], Awaitable[str]] | None = None) -> None:
        self._http, self._base, self._token = http, base.rstrip("/"), token

    async def get(self, path: str, params: Pairs = ()) -> Heard:
        return await self._ask("GET", path, params=list(params))

    async def send(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Heard:
        told = {"content-type": FHIR_JSON, **headers}
        return await self._ask(method, path, content=msgspec.json.encode(body), headers=told)

    async def _ask(self, method: str, path: str, **asked: Any) -> Heard:
        headers = {"accept": FHIR_JSON, **asked.pop("headers", {})}
        if self._token:
            headers["authorization"] = f"Bearer {await self._token()}"
        url = f"{self._base}/{path}" if path else self._base
        answer = await self._http.request(method, url, headers=headers, follow_redirects=False, **asked)
        try:
            body = msgspec.json.decode(answer.content) if answer.content else None
        except msgspec.DecodeError:
            body = None
        return Heard(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, body)


class Store:
    """R4's rules for a server that only stores (http.html#transaction): versions, ifMatch, all or nothing.

    `fail` answers in its place, before or after the change is made.
    """

    capability: ClassVar[dict[str, Any]] = {"rest": [{
        "mode": "server", "interaction": [{"code": "transaction"}],
        "resource": [{"type": "Slot", "interaction": [{"code": "update"}]},
                     {"type": "Appointment", "interaction": [{"code": "create"}]}],
    }]}  # fmt: skip

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.number = 0
        self.asked: list[str] = []
        self.fail: Callable[[str, str], str | int | None] = lambda _method, _path: None
        for one in (SCHEDULE, *OFFER):
            self.put(one)

    def put(self, one: dict[str, Any]) -> dict[str, Any]:
        name = f"{one['resourceType']}/{one['id']}"
        version = int(self.kept[name]["meta"]["versionId"]) + 1 if name in self.kept else 1
        self.kept[name] = deepcopy(one) | {"meta": {"versionId": str(version)}}
        return self.kept[name]

    def wire(self) -> Plain:
        return Plain(httpx.AsyncClient(transport=httpx.MockTransport(self.answer)), BASE)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/fhir").strip("/")
        self.asked.append(f"{request.method} {path}")
        trouble = self.fail(request.method, path)
        if trouble == "lost before":
            raise httpx.ReadTimeout("lost", request=request)
        if isinstance(trouble, int):
            return httpx.Response(trouble, json={"resourceType": "OperationOutcome", "issue": [{"diagnostics": "no"}]})
        body = json.loads(request.content) if request.content else None
        found = self.done(request, path, body)
        if trouble == "lost after":
            raise httpx.ReadTimeout("lost", request=request)
        return found

    def done(self, request: httpx.Request, path: str, body: Any) -> httpx.Response:
        if path == "metadata":
            return httpx.Response(200, json=self.capability)
        if request.method == "GET":
            return self.read(path, request.url.params)
        assert request.method == "POST"
        assert body["type"] == "transaction"
        return self.transaction(body["entry"])

    def read(self, path: str, params: httpx.QueryParams) -> httpx.Response:
        if "/" in path:
            one = self.kept.get(path)
            return httpx.Response(200, json=one) if one else httpx.Response(404)
        found = [one for name, one in self.kept.items() if name.startswith(f"{path}/") and self.fits(one, params)]
        if "_include" in params:
            found.append(self.kept["Schedule/bianchi"])
        return httpx.Response(200, json={"resourceType": "Bundle", "entry": [{"resource": one} for one in found]})

    def fits(self, one: dict[str, Any], params: httpx.QueryParams) -> bool:
        if "status" in params and one["status"] != params["status"]:
            return False
        wanted = params.get("patient")
        return wanted is None or any(p["actor"]["reference"] == f"Patient/{wanted}" for p in one.get("participant", []))

    def transaction(self, entries: list[dict[str, Any]]) -> httpx.Response:
        for one in entries:
            method, url = one["request"]["method"], one["request"]["url"]
            if method == "PUT" and one["request"]["ifMatch"] != f'W/"{self.kept[url]["meta"]["versionId"]}"':
                return httpx.Response(412, json={"resourceType": "OperationOutcome", "issue": []})
        told = []
        for one in entries:
            resource = one["resource"]
            if one["request"]["method"] == "POST":
                self.number += 1
                resource = resource | {"id": f"a{self.number}"}
            kept = self.put({name: value for name, value in resource.items() if name != "meta"})
            place = f"{kept['resourceType']}/{kept['id']}/_history/{kept['meta']['versionId']}"
            told.append({"response": {"status": "200", "location": f"{BASE}/{place}"}})
        return httpx.Response(200, json={"resourceType": "Bundle", "type": "transaction-response", "entry": told})


class Minding(Store):
    """As Oracle publishes it: POST Appointment answers an address alone, PATCH needs If-Match, the slot follows."""

    taken = 409  # 422 at Canvas, 423 while somebody else changes it
    capability: ClassVar[dict[str, Any]] = {"rest": [{
        "mode": "server", "resource": [{"type": "Appointment", "interaction": [{"code": "create"}, {"code": "patch"}]}],
    }]}  # fmt: skip

    def done(self, request: httpx.Request, path: str, body: Any) -> httpx.Response:
        if request.method == "POST":
            name = body["slot"][0]["reference"]
            if self.kept[name]["status"] != "free":
                return httpx.Response(self.taken, json={"resourceType": "OperationOutcome", "issue": []})
            self.put(self.kept[name] | {"status": "busy"})
            self.number += 1
            self.put(body | {"id": f"a{self.number}"})
            return httpx.Response(201, headers={"location": f"{BASE}/Appointment/a{self.number}"})
        if request.method == "PATCH":
            one = self.kept[path]
            if request.headers.get("if-match") != f'W/"{one["meta"]["versionId"]}"':
                return httpx.Response(412)
            assert request.headers["content-type"] == "application/json-patch+json"
            for step in body:
                one = one | {step["path"].removeprefix("/"): step["value"]}
            self.put(one)
            name = one["slot"][0]["reference"]
            self.put(self.kept[name] | {"status": "free"})
            return httpx.Response(204)
        return super().done(request, path, body)
