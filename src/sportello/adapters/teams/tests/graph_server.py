"""A Microsoft Graph of our own on a loopback port, as Microsoft's documentation of onlineMeetings describes it.

Requests and answers are checked by schemas that were written by hand from that documentation: what is asked of it is
what Microsoft takes, and what it answers is what Microsoft may answer.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

import jsonschema_rs
import uvicorn

INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"
CREATE_OR_GET = {
    "type": "object", "required": ["externalId"], "additionalProperties": False,
    "properties": {
        "externalId": {"type": "string", "minLength": 1}, "subject": {"type": "string"},
        "startDateTime": {"type": "string", "pattern": INSTANT}, "endDateTime": {"type": "string", "pattern": INSTANT},
        "chatInfo": {"type": "object"}, "participants": {"type": "object"},
    },
}  # fmt: skip
UPDATE = {
    "type": "object", "minProperties": 1, "additionalProperties": False, "dependentRequired":
    {"startDateTime": ["endDateTime"], "endDateTime": ["startDateTime"]},
    "properties": {
        "startDateTime": {"type": "string", "pattern": INSTANT}, "endDateTime": {"type": "string", "pattern": INSTANT},
        "subject": {"type": "string"}, "allowedPresenters": {"type": "string"},
    },
}  # fmt: skip
ONLINE_MEETING = {
    "type": "object", "required": ["id", "joinWebUrl", "startDateTime", "endDateTime"],
    "properties": {
        "id": {"type": "string"}, "joinWebUrl": {"type": "string", "format": "uri"},
        "startDateTime": {"type": "string"}, "endDateTime": {"type": "string"},
        "subject": {"type": ["string", "null"]}, "externalId": {"type": ["string", "null"]},
        "creationDateTime": {"type": "string"}, "videoTeleconferenceId": {"type": ["string", "null"]},
        "participants": {"type": "object"},
    },
}  # fmt: skip


class GraphServer:
    """Knows one application and one organiser; `troubles` are answered next instead."""

    def __init__(self) -> None:
        self.meetings: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.troubles: list[tuple[int, dict[str, str], Any]] = []
        self.tokens = 0
        self.valid = ""
        self.secret = "right"
        self.url = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            event = await receive()
            body += event.get("body", b"")
            if not event.get("more_body"):
                break
        path = scope["raw_path"].decode()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        status, more, answer = self._answer(scope["method"], path, headers, body)
        content = b"" if answer is None else json.dumps(answer).encode()
        fields = [(b"content-type", b"application/json"), *((k.encode(), v.encode()) for k, v in more.items())]
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], Any]:
        self.asked.append(f"{method} {path}")
        if self.troubles and "/token" not in path:
            return self.troubles.pop(0)
        if path == "/contoso.example/oauth2/v2.0/token":
            return self._token(body)
        if headers.get("authorization") != f"Bearer {self.valid}":
            return 401, {}, {"error": {"code": "InvalidAuthenticationToken", "message": "Lifetime validation failed"}}
        if not path.startswith("/v1.0/users/visits%40contoso.example/onlineMeetings"):
            return 404, {}, {"error": {"code": "UnknownError", "message": "User not found"}}
        rest = path.removeprefix("/v1.0/users/visits%40contoso.example/onlineMeetings/")
        if (method, rest) == ("POST", "createOrGet"):
            return self._create(json.loads(body))
        if rest not in self.meetings:
            return 404, {}, {"error": {"code": "NotFound", "message": "Meeting not found"}}
        if method == "DELETE":
            del self.meetings[rest]
            return 204, {}, None
        said = json.loads(body)
        jsonschema_rs.validate(UPDATE, said)
        self.meetings[rest] |= said
        return 200, {}, self.meetings[rest]

    def _token(self, body: bytes) -> tuple[int, dict[str, str], Any]:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        assert form["grant_type"] == "client_credentials"
        assert form["scope"] == f"{self.url}/.default"
        if form["client_secret"] != self.secret:
            return 401, {}, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret"}
        self.tokens += 1
        self.valid = f"token-{self.tokens}"
        return 200, {}, {"token_type": "Bearer", "expires_in": 3599, "access_token": self.valid}

    def _create(self, said: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        jsonschema_rs.validate(CREATE_OR_GET, said)
        known = next((one for one in self.meetings.values() if one["externalId"] == said["externalId"]), None)
        if known:
            return 200, {}, known
        number = len(self.asked)
        made = {
            "id": f"MSo{number}", "joinWebUrl": f"https://teams.microsoft.com/l/meetup-join/19%3ameeting_{number}",
            "creationDateTime": "2026-11-23T08:00:00Z", "chatInfo": {"threadId": "19:x"}, **said,
        }  # fmt: skip
        jsonschema_rs.validate(ONLINE_MEETING, made)
        self.meetings[made["id"]] = made
        return 201, {}, made


@asynccontextmanager
async def running() -> AsyncIterator[GraphServer]:
    """On a free port of the loopback interface."""
    graph = GraphServer()
    server = uvicorn.Server(uvicorn.Config(graph, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    graph.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield graph
    finally:
        server.should_exit = True
        await task
