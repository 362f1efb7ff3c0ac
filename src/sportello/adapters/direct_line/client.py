"""A bot behind Direct Line as a bot of the house. The secret stays on this server; with a token endpoint (Copilot
Studio) the token of each conversation is kept with its talk and renewed.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal

import httpx
import msgspec
from joserfc import jwt
from joserfc.jwk import OctKey
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from sportello.adapters.direct_line.reading import Inbox
from sportello.adapters.outside_bots.answers import read_json
from sportello.adapters.outside_bots.asking import Asking
from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.dialects import Terms, read_rules
from sportello.adapters.outside_bots.trouble import BotBusy, BotRefused, BotTrouble, ConversationGone
from sportello.bots.ports import BotEvent, BotSession, Conversation, Delivery, PatientTurn
from sportello.kit.clock import Clock

_LOCALES = {"it": "it-IT", "en": "en-US"}
_POLL, _SILENCE, _BACK_OFF = 1.0, 40.0, (0.2, 1.0, 3.0, 5.0)  # seconds
_PATIENCE = 15.0  # seconds that the service is waited for when it is busy and no patient's own words wait
_MOST_QUIET = 120.0  # seconds without reading, whatever the service asks for
_REFRESH = 900  # seconds, half of a token's life
_PATH = "/v3/directline"


class DirectLineBot:
    """Speaks Direct Line with the terms of one connection."""

    def __init__(self, asking: Asking, terms: Connection, clock: Clock) -> None:
        self._asking, self._terms, self._clock = asking, terms, clock
        self._base = terms.base_url.rstrip("/")

    async def open(self, conversation: Conversation, context: Mapping[str, str | int]) -> BotSession:
        """A conversation there, begun with what this product wants to hear first. Nobody's name or number leaves."""
        user, locale = f"dl_{secrets.token_hex(12)}", _LOCALES.get(conversation.language, conversation.language)
        bearer = await self._first_token(user)
        begun = await self._call("POST", "/conversations", bearer, {"user": {"id": user}, "locale": locale})
        there, token = begun.get("conversationId"), begun.get("token") or bearer
        if not isinstance(there, str) or not there or not isinstance(token, str):
            raise BotTrouble("nonsense")
        memory: dict[str, Any] = {"id": there, "user": user, "locale": locale}
        if not self._terms.secret:
            memory |= {"token": token, "fresh_at": self._clock.now().timestamp()}
        session = BotSession(conversation, memory)
        await self._first_words(session, token, context)
        return session

    async def _first_token(self, user: str) -> str:
        if self._terms.secret:
            return self._terms.secret
        made = await self._call("GET", self._terms.token_endpoint, "")
        if not isinstance(made.get("token"), str):
            raise BotTrouble("nonsense")
        return str(made["token"])

    async def _first_words(self, session: BotSession, token: str, context: Mapping[str, str | int]) -> None:
        memory, terms = session.memory, self._terms
        if terms.kind == "health_bot":
            said = _init_conversation(terms, memory, token, self._base.removesuffix(_PATH), context)
        elif terms.kind == "copilot_studio":
            said = {"type": "event", "name": "startConversation", "value": dict(context)}
        else:
            said = {"type": "event", "name": "webchat/join", "value": {"language": memory["locale"], **context}}
        await self._post(session, said)

    async def send(self, session: BotSession, turn: PatientTurn) -> Delivery:
        """At most once; what a gateway answers in the bot's place tells nothing about its arrival."""
        said: dict[str, Any] = {"type": "message", "text": turn.text, "textFormat": "plain"}
        if turn.payload.startswith("json:"):
            with contextlib.suppress(msgspec.DecodeError):
                said = {"type": "message", "value": msgspec.json.decode(turn.payload[5:])}
                said["channelData"] = {"postBack": True}
        elif turn.payload:
            said["text"] = turn.payload
        said["channelData"] = {**said.get("channelData", {}), "clientActivityID": turn.id}
        try:
            await self._post(session, said, turn.patience)
        except BotBusy:
            raise
        except BotRefused as no:
            if no.status in (401, 403):
                raise
            return "refused"
        except BotTrouble as trouble:
            return "refused" if trouble.code == "unreachable" else "unknown"
        return "accepted"

    async def _post(self, session: BotSession, activity: dict[str, Any], patience: float = _PATIENCE) -> None:
        memory = session.memory
        said = {"from": {"id": memory["user"], "role": "user"}, "locale": memory["locale"], **activity}
        await self._call(
            "POST", f"/conversations/{memory['id']}/activities", await self._bearer(memory), said, patience
        )

    async def _bearer(self, memory: dict[str, Any]) -> str:
        """The secret, or the talk's own token, renewed in time."""
        if self._terms.secret:
            return self._terms.secret
        now = self._clock.now().timestamp()
        if now - float(memory.get("fresh_at", 0)) > _REFRESH:
            fresh = await self._call("POST", "/tokens/refresh", str(memory["token"]))
            memory |= {"token": str(fresh.get("token") or memory["token"]), "fresh_at": now}
        return str(memory["token"])

    async def events(self, session: BotSession, after: str) -> AsyncIterator[BotEvent]:
        """All that the bot says, for as long as it is asked: what was missed by reading, then by socket, and by reading
        again where sockets do not work.
        """
        terms = Terms(
            read_rules(self._terms.rules), self._terms.visible, str(session.memory["user"]),
            frozenset(self._terms.link_hosts.split()),
        )  # fmt: skip
        inbox, failures = Inbox(terms, session.conversation.language, after), 0
        while True:
            try:
                async for event in self._missed(session, inbox):
                    failures = 0
                    yield event
                if self._terms.socket and failures == 0:
                    async for event in self._streamed(session, inbox):
                        yield event
                await asyncio.sleep(_POLL)
                failures = 0
            except BotBusy as busy:
                await asyncio.sleep(min(busy.seconds, _MOST_QUIET))
            except (BotTrouble, WebSocketException, OSError, TimeoutError) as trouble:
                if isinstance(trouble, ConversationGone | BotRefused):
                    raise
                await asyncio.sleep(_BACK_OFF[min(failures, len(_BACK_OFF) - 1)])
                failures += 1

    async def _missed(self, session: BotSession, inbox: Inbox) -> AsyncIterator[BotEvent]:
        """Page by page until there is nothing new."""
        for _ in range(100):
            asked = f"/conversations/{session.memory['id']}/activities"
            if inbox.watermark:
                asked += f"?{httpx.QueryParams({'watermark': inbox.watermark})}"
            found = inbox.take(await self._call("GET", asked, await self._bearer(session.memory)))
            for event in found:
                yield event
            if not found:
                return

    async def _streamed(self, session: BotSession, inbox: Inbox) -> AsyncIterator[BotEvent]:
        """The socket's events until it breaks; what came between reading and listening is read once more."""
        asked = f"/conversations/{session.memory['id']}"
        if inbox.watermark:
            asked += f"?{httpx.QueryParams({'watermark': inbox.watermark})}"
        url = (await self._call("GET", asked, await self._bearer(session.memory))).get("streamUrl")
        if not isinstance(url, str) or not url.startswith(("ws://", "wss://")):
            return
        async with connect(url, open_timeout=5, max_size=4_000_000, ping_interval=None) as socket:
            async for event in self._missed(session, inbox):
                yield event
            async for event in _frames(socket, inbox):
                yield event

    async def status(self, session: BotSession, state: Literal["accepted", "failed", "completed"]) -> None:
        """How the handover went."""
        value = {"state": state, "message": ""}
        await self._post(session, {"type": "event", "name": "handoff.status", "value": value})

    async def close(self, session: BotSession, reason: str) -> None:
        """The talk is over."""
        await self._post(session, {"type": "endOfConversation", "code": "completedSuccessfully"})

    async def health(self) -> bool:
        """Whether the service would begin a conversation; raises BotTrouble with what is wrong."""
        if self._terms.secret:
            asked = {"user": {"id": f"dl_{secrets.token_hex(12)}"}}
            made = await self._call("POST", "/tokens/generate", self._terms.secret, asked)
        else:
            made = await self._call("GET", self._terms.token_endpoint, "")
        if not isinstance(made.get("token"), str):
            raise BotTrouble("nonsense")
        return True

    async def _call(
        self, method: str, path: str, bearer: str, body: Any = None, patience: float = _PATIENCE
    ) -> dict[str, Any]:
        """The answer's object."""
        url = path if path.startswith("http") else f"{self._base}{path}"
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        content = None if body is None else msgspec.json.encode(body)
        try:
            answer = await self._asking.ask(method, url, content, headers, patience=patience)
            found = read_json(answer.body, answer.content_type) if answer.body.strip() else {}
        except BotRefused as no:
            if no.status == 404 and "/conversations/" in path:
                raise ConversationGone from no
            raise
        except ValueError as error:
            raise BotTrouble("nonsense") from error
        if not isinstance(found, dict):
            raise BotTrouble("nonsense")
        return found


async def _frames(socket: ClientConnection, inbox: Inbox) -> AsyncIterator[BotEvent]:
    while True:
        try:
            async with asyncio.timeout(_SILENCE):
                frame = await socket.recv()
        except TimeoutError:
            async with asyncio.timeout(5):
                await socket.send("")  # the protocol's keep-alive; a dead socket shows itself here
            continue
        if not frame:
            continue
        try:
            said = read_json(frame.encode() if isinstance(frame, str) else frame)
        except ValueError:
            continue
        for event in inbox.take(said):
            yield event


def _init_conversation(
    terms: Connection, memory: dict[str, Any], token: str, host: str, context: Mapping[str, str | int]
) -> dict[str, Any]:
    """What Azure Health Bot waits for: who speaks, signed (HS256), and which scenario is to begin."""
    claims: dict[str, Any] = {
        "userId": memory["user"], "locale": memory["locale"], "connectorToken": token, "directLineURI": host,
    }  # fmt: skip
    if context:
        claims["optionalAttributes"] = dict(context)
    key = OctKey.import_key(terms.app_secret.encode())
    value: dict[str, Any] = {"jsonWebToken": jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, key)}
    if terms.scenario:
        arguments = msgspec.json.decode(terms.arguments) if terms.arguments.strip() else {}
        value["triggeredScenario"] = {"trigger": terms.scenario, "args": {**arguments, **context}}
    return {"type": "invoke", "name": "InitConversation", "value": value}
