"""A Direct Line service with a bot behind it that can be told to misbehave in every way that was seen in the wild."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import uvicorn
from litestar import Litestar, Request, Response, WebSocket, get, post, websocket

Answer = Callable[[dict[str, Any]], list[dict[str, Any]]]

PAGE = b"<!doctype html><html><title>Accesso</title><h1>Rete dell'ospedale</h1></html>"


def words(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "text": text, "from": {"id": "bot", "role": "bot"}} | more


class Busy:
    """Answers 429 so many times, with `Retry-After` in seconds or as a date."""

    def __init__(self) -> None:
        self.times, self.seconds, self.as_date, self.told = 0.0, 1, False, 0

    def refuses(self) -> Response[Any] | None:
        """The refusal, while it is busy."""
        if self.told >= self.times:
            return None
        self.told += 1
        said = str(self.seconds)
        if self.as_date:
            # A date has whole seconds: half a second more, so that it is never already past.
            said = format_datetime(datetime.now(UTC) + timedelta(seconds=self.seconds + 0.5), usegmt=True)
        return Response({}, status_code=429, headers={"retry-after": said})


class Fake:
    """What it was told, what it says, and how badly."""

    def __init__(self) -> None:
        self.base = ""
        self.received: list[dict[str, Any]] = []
        self.begun: list[dict[str, Any]] = []
        self.logs: dict[str, list[dict[str, Any]]] = {}
        self.there = "there"  # the conversation that was begun last
        self.welcome: list[dict[str, Any]] = []
        self.answer: Answer = lambda said: [words(f"Ha detto: {said.get('text')}")]
        self.status = 200  # of posts of activities
        self.begin_status = 201
        self.delay = 0.0  # seconds before the bot's answer, after the post was taken
        self.slow_post = 0.0
        self.sockets: dict[WebSocket[Any, Any, Any], tuple[str, int]] = {}  # whose each is, up to where it was told
        self.refuses_sockets = False
        self.forgets = False
        self.raw: str | None = None  # what every read answers instead of activities
        self.replays = False  # reads start again from the beginning, and their watermark too
        self.page = False  # posts of messages are answered with 200 and a page
        self.expired = False  # the conversation's token
        self.charset = ""  # of reads, when they are not in UTF-8
        self.tears = False  # every socket breaks in the middle of the next frame
        self.busy, self.busy_reads = Busy(), Busy()

    @property
    def log(self) -> list[dict[str, Any]]:
        """Of the conversation that was begun last."""
        return self.logs.setdefault(self.there, [])

    def say(self, *activities: dict[str, Any], there: str = "") -> None:
        """The bot speaks; sockets hear it at once."""
        there = there or self.there
        log = self.logs.setdefault(there, [])
        for one in activities:
            log.append({"id": f"{there}|{len(log):07d}", "channelId": "directline"} | one)
        asyncio.get_running_loop().create_task(self.tell())

    async def tell(self) -> None:
        for socket, (there, told) in list(self.sockets.items()):
            log = self.logs.setdefault(there, [])
            fresh, self.sockets[socket] = log[told:], (there, len(log))
            if fresh and self.tears:
                await socket.send_text('{"activities": [{"type": "mess')
                await socket.close(code=1011)
            elif fresh:
                await socket.send_text(json.dumps({"activities": fresh, "watermark": str(len(log))}))

    async def drop(self) -> None:
        """The network breaks."""
        for socket in list(self.sockets):
            await socket.close(code=1011)

    def texts(self) -> list[str]:
        return [str(one.get("text")) for one in self.received if one["type"] == "message"]

    async def _later(self, activities: list[dict[str, Any]], there: str) -> None:
        await asyncio.sleep(self.delay)
        self.say(*activities, there=there)

    def app(self) -> Litestar:
        """The service's doors."""

        @post("/v3/directline/tokens/generate", status_code=200)
        async def generate() -> dict[str, Any]:
            return {"token": "t", "conversationId": "there", "expires_in": 1800}

        @get("/v3/directline/token")
        async def endpoint() -> dict[str, Any]:
            return {"token": "t-endpoint", "conversationId": "there", "expires_in": 1800}

        @post("/v3/directline/tokens/refresh", status_code=200)
        async def refresh() -> dict[str, Any]:
            return {"token": "t-fresh", "conversationId": "there", "expires_in": 1800}

        @post("/v3/directline/conversations")
        async def begin(request: Request[Any, Any, Any]) -> Response[Any]:
            self.begun.append(await request.json() | {"bearer": request.headers.get("authorization")})
            self.forgets = False
            self.there = "there" if not self.logs else f"there-{len(self.logs) + 1}"
            self.logs[self.there] = []
            self.say(*self.welcome)
            bearer = str(request.headers.get("authorization")).removeprefix("Bearer ")
            token = bearer if bearer.startswith("t-") else "t"
            begun = {"conversationId": self.there, "streamUrl": self._stream(self.there)}
            said = begun | {"token": token, "expires_in": 1800}
            return Response(said, status_code=self.begin_status)

        @get("/v3/directline/conversations/{there:str}")
        async def again(there: str) -> dict[str, Any]:
            return {"conversationId": there, "token": "t", "streamUrl": self._stream(there)}

        @get("/v3/directline/conversations/{there:str}/activities")
        async def read(request: Request[Any, Any, Any], there: str) -> Response[Any]:
            if self.forgets:
                return Response({"error": {}}, status_code=404)
            if self.expired:
                return Response({"error": {"code": "TokenExpired"}}, status_code=403)
            if refused := self.busy_reads.refuses():
                return refused
            if self.raw is not None:
                return Response(self.raw.encode(), media_type="application/json")
            after = 0 if self.replays else int(request.query_params.get("watermark") or 0)
            log = self.logs.setdefault(there, [])
            said = {"activities": log[after:], "watermark": "0" if self.replays else str(len(log))}
            if self.charset:
                raw = json.dumps(said, ensure_ascii=False).encode(self.charset)
                return Response(raw, media_type=f"application/json; charset={self.charset}")
            return Response(said)

        @post("/v3/directline/conversations/{there:str}/activities", status_code=200)
        async def send(request: Request[Any, Any, Any], there: str) -> Response[Any]:
            if self.forgets:
                return Response({"error": {}}, status_code=404)
            said = await request.json()
            status = 403 if self.expired else self.status
            if refused := self.busy.refuses():
                return refused
            self.received.append(said)
            if self.page and said["type"] == "message":
                return Response(PAGE, media_type="text/html")
            await asyncio.sleep(self.slow_post if said["type"] == "message" else 0)
            if said["type"] == "message":
                self.say(said, there=there)
                answers = self.answer(said)
                asyncio.get_running_loop().create_task(self._later(answers, there))
            if status >= 400 and said["type"] == "message":
                return Response({"error": {"code": "BotError"}}, status_code=status)
            return Response({"id": f"{there}|{len(self.logs.setdefault(there, [])):07d}"})

        @websocket("/stream")
        async def stream(socket: WebSocket[Any, Any, Any]) -> None:
            if self.refuses_sockets:
                await socket.close(code=1011)
                return
            await socket.accept()
            self.sockets[socket] = (str(socket.query_params.get("of", self.there)), 0)
            await self.tell()
            try:
                while (await socket.receive())["type"] == "websocket.receive":
                    pass
            finally:
                self.sockets.pop(socket, None)

        return Litestar(
            [generate, endpoint, refresh, begin, again, read, send, stream], openapi_config=None, logging_config=None
        )

    def _stream(self, there: str) -> str:
        return self.base.replace("http", "ws").replace("/v3/directline", "") + f"/stream?of={there}"

    @asynccontextmanager
    async def served(self) -> AsyncIterator["Fake"]:
        config = uvicorn.Config(
            self.app(), port=0, log_config=None, ws="websockets-sansio", timeout_graceful_shutdown=1
        )
        running = uvicorn.Server(config)
        task = asyncio.create_task(running.serve())
        while not running.started:
            await asyncio.sleep(0.01)
        port = running.servers[0].sockets[0].getsockname()[1]
        self.base = f"http://127.0.0.1:{port}/v3/directline"
        yield self
        running.should_exit = True
        await task
