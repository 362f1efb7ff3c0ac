"""A bot on its own server (Bot Connector) that behaves as the fake Direct Line service does, seen from its tests."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx
import uvicorn
from litestar import Litestar, Request, Response, post

from sportello.adapters.outside_bots.tests.fake import PAGE, Answer, Busy, words


class OwnServer:
    """What it was told, what it says."""

    def __init__(self) -> None:
        self.base = ""
        self.received: list[dict[str, Any]] = []
        self.welcome: list[dict[str, Any]] = []
        self.answer: Answer = lambda said: [words(f"Ha detto: {said.get('text')}")]
        self.status = 200
        self.busy, self.page = Busy(), False
        self.charset = "utf-8"
        self.hangs = 0.0  # seconds before it answers what it is told

    def texts(self) -> list[str]:
        return [str(one.get("text")) for one in self.received if one["type"] == "message"]

    async def say(self, to: dict[str, Any], activities: list[dict[str, Any]]) -> None:
        """As the kits do it: in reply to an activity, one call after the other."""
        at = f"{to['serviceUrl']}v3/conversations/{quote(to['conversation']['id'], safe='')}/activities"
        async with httpx.AsyncClient() as http:
            for one in activities:
                raw = json.dumps({"replyToId": to["id"], **one}, ensure_ascii=False).encode(self.charset)
                headers = {"content-type": f"application/json; charset={self.charset}"}
                answer = await http.post(f"{at}/{quote(to['id'], safe='')}", content=raw, headers=headers)
                assert answer.status_code == 200, answer.text

    @asynccontextmanager
    async def served(self) -> AsyncIterator["OwnServer"]:
        @post("/api/messages", status_code=200)
        async def messages(request: Request[Any, Any, Any]) -> Response[Any]:
            said = await request.json()
            if said["type"] == "message" and (refused := self.busy.refuses()):
                return refused
            self.received.append(said)
            if self.page and said["type"] == "message":
                return Response(PAGE, media_type="text/html")
            await asyncio.sleep(self.hangs)
            if self.status >= 400 and said["type"] == "message":
                return Response({}, status_code=self.status)
            if said["type"] == "conversationUpdate":
                await self.say(said, self.welcome)
            elif said["type"] == "message":
                await self.say(said, self.answer(said))
            return Response({})

        app = Litestar([messages], openapi_config=None, logging_config=None)
        running = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=1))
        task = asyncio.create_task(running.serve())
        while not running.started:
            await asyncio.sleep(0.01)
        port = running.servers[0].sockets[0].getsockname()[1]
        self.base = f"http://127.0.0.1:{port}/api/messages"
        yield self
        running.should_exit = True
        await task
