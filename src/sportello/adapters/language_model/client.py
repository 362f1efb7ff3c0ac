"""One call of chat completions: temperature 0, an answer forced into a schema, no tools, and no second try."""

import httpx
import msgspec

from sportello.bots.ports import ModelTrouble, Prompt

_CONNECT, _ANSWER = 2.0, 3.0  # seconds
_MOST_BODY = 64_000
_MOST_TOKENS = 300


class _Message(msgspec.Struct):
    content: str


class _Choice(msgspec.Struct):
    message: _Message


class _Answer(msgspec.Struct):
    choices: list[_Choice]


class ChatCompletions:
    """`POST {address}/chat/completions`."""

    def __init__(self) -> None:
        self._http: httpx.AsyncClient | None = None

    async def complete(self, address: str, model: str, key: str, prompt: Prompt) -> str:
        body = {
            "model": model,
            "messages": [
                {"role": "system", "content": prompt.instruction},
                {"role": "user", "content": msgspec.json.encode({"data": prompt.data}).decode()},
            ],
            "temperature": 0,
            "max_tokens": _MOST_TOKENS,
            "stream": False,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": prompt.name, "strict": True, "schema": prompt.schema},
            },
        }
        headers = {"authorization": f"Bearer {key}"} if key else {}
        try:
            async with self._client().stream(
                "POST", f"{address.rstrip('/')}/chat/completions", json=body, headers=headers
            ) as answer:
                _refuse(answer.status_code)
                raw = b""
                async for part in answer.aiter_bytes():
                    raw += part
                    if len(raw) > _MOST_BODY:
                        raise ModelTrouble("nonsense")
        except httpx.TimeoutException as error:
            raise ModelTrouble("late") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ModelTrouble("unreachable") from error
        return _content(raw)

    async def close(self) -> None:
        if self._http:
            await self._http.aclose()

    def _client(self) -> httpx.AsyncClient:
        # Made when first needed: within the running loop, and only where a model is used at all.
        if self._http is None or self._http.is_closed:
            self._http = httpx.AsyncClient(timeout=httpx.Timeout(_ANSWER, connect=_CONNECT), follow_redirects=False)
        return self._http


def _refuse(status: int) -> None:
    if status == 429:
        raise ModelTrouble("busy")
    if status >= 500:
        raise ModelTrouble("failed")
    if status != 200:
        raise ModelTrouble("refused")


def _content(raw: bytes) -> str:
    try:
        choices = msgspec.json.decode(raw, type=_Answer).choices
    except (msgspec.DecodeError, RecursionError) as error:
        raise ModelTrouble("nonsense") from error
    if len(choices) != 1:
        raise ModelTrouble("nonsense")
    return choices[0].message.content
