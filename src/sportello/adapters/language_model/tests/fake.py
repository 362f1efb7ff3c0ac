"""A server of chat completions, built from the published contract, that can be told to misbehave.

POST /v1/chat/completions with model, messages, temperature, response_format (json_schema, strict); the answer is
`{"id", "object": "chat.completion", "created", "model", "choices": [{"index", "message", "finish_reason"}], "usage"}`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from litestar import Litestar, Request, Response, post

Content = Callable[[dict[str, Any]], str | None]


class FakeModel:
    """What it was asked, what it answers, and how badly."""

    def __init__(self) -> None:
        self.address = ""
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.content: Content = lambda _asked: json.dumps({"scenario": "unknown"})
        self.status = 200
        self.raw: str | None = None  # what it answers in place of a completion
        self.delay = 0.0

    def chooses(self, **answer: str) -> None:
        self.content = lambda _asked: json.dumps(answer)

    def data(self) -> dict[str, Any]:
        """The data field of the last question."""
        found: dict[str, Any] = json.loads(self.asked[-1]["messages"][1]["content"])["data"]
        return found

    def wire(self) -> str:
        """Everything that ever came over the wire."""
        return json.dumps(self.asked, ensure_ascii=False)

    @asynccontextmanager
    async def served(self) -> AsyncIterator["FakeModel"]:
        @post("/v1/chat/completions", status_code=200)
        async def complete(request: Request[Any, Any, Any]) -> Response[Any]:
            asked = await request.json()
            self.asked.append(asked)
            self.keys.append(request.headers.get("authorization"))
            await asyncio.sleep(self.delay)
            if self.raw is not None:
                return Response(self.raw.encode(), status_code=self.status, media_type="application/json")
            message = {"role": "assistant", "content": self.content(asked), "refusal": None}
            choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
            usage = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}
            body = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": asked["model"]}
            return Response(body | {"choices": [choice], "usage": usage}, status_code=self.status)

        app = Litestar([complete], openapi_config=None, logging_config=None)
        running = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=1))
        task = asyncio.create_task(running.serve())
        while not running.started:
            await asyncio.sleep(0.01)
        self.address = f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}/v1"
        yield self
        running.should_exit = True
        await task
