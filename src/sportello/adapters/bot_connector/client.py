"""Tells a bot on its own server what the patient writes: activities to its address (Bot Framework, activities)."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any, Literal
from uuid import uuid4

import msgspec
from joserfc import jwt
from joserfc.jwk import OctKey

from sportello.adapters.bot_connector.tickets import ticket
from sportello.adapters.outside_bots.asking import Asking
from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.trouble import BotBusy, BotRefused, BotTrouble
from sportello.bots.ports import BotEvent, BotSession, Conversation, Delivery, PatientTurn
from sportello.kit.house import House

_PATIENCE = 15.0  # seconds that a bot is waited for when it is busy and no patient's own words wait
_LOCALES = {"it": "it-IT", "en": "en-US"}
_BOT = {"id": "bot", "name": "Bot", "role": "bot"}


class ConnectorBot:
    """A bot at an address of its own; what it says comes to the doors in `api`."""

    def __init__(self, house: House, asking: Asking, terms: Connection) -> None:
        self._house, self._asking, self._terms = house, asking, terms

    async def open(self, conversation: Conversation, context: Mapping[str, str | int]) -> BotSession:
        """Somebody joined: a bot that greets does so now. The id says nothing of who it is."""
        memory = {
            "id": await ticket(self._house, conversation.id),
            "user": f"dl_{secrets.token_hex(12)}",
            "locale": _LOCALES.get(conversation.language, conversation.language),
        }
        session = BotSession(conversation, memory)
        joined = [{"id": memory["user"], "role": "user"}, _BOT]
        await self._post(session, {"type": "conversationUpdate", "membersAdded": joined})
        return session

    async def send(self, session: BotSession, turn: PatientTurn) -> Delivery:
        """At most once; a failure of the bot's does not say whether it heard."""
        said: dict[str, Any] = {"type": "message", "text": turn.text, "textFormat": "plain"}
        if turn.payload.startswith("json:"):
            said |= {"text": "", "value": _value(turn.payload[5:])}
        elif turn.payload:
            said["text"] = turn.payload
        said["channelData"] = {"clientActivityID": turn.id}
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

    async def events(self, session: BotSession, after: str) -> AsyncIterator[BotEvent]:
        """Nothing is fetched: the bot comes by itself, to whichever process."""
        await asyncio.Event().wait()
        yield BotEvent("", "", None)  # type: ignore[arg-type]  # never: it makes this a generator

    async def status(self, session: BotSession, state: Literal["accepted", "failed", "completed"]) -> None:
        value = {"state": state, "message": ""}
        await self._post(session, {"type": "event", "name": "handoff.status", "value": value})

    async def close(self, session: BotSession, reason: str) -> None:
        await self._post(session, {"type": "endOfConversation", "code": "completedSuccessfully"})

    async def health(self) -> bool:
        """Whether anything answers there at all: the protocol knows no question without a conversation."""
        try:
            await self._call("GET", None)
        except BotRefused as no:
            if no.status not in (400, 404, 405):
                raise
        return True

    async def _post(self, session: BotSession, activity: dict[str, Any], patience: float = _PATIENCE) -> None:
        """No key is ever null, and the recipient is always named: bots on the Agents SDK fail otherwise."""
        memory, now = session.memory, self._house.clock.now()
        await self._call(
            "POST",
            {
                "id": uuid4().hex, "timestamp": now.isoformat().replace("+00:00", "Z"), "channelId": "directline",
                "serviceUrl": f"{self._house.settings.server.public_url.rstrip('/')}/",
                "from": {"id": memory["user"], "role": "user"}, "recipient": _BOT,
                "conversation": {"id": memory["id"]}, "locale": memory["locale"], **activity,
            },
            patience,
        )  # fmt: skip

    async def _call(self, method: str, body: dict[str, Any] | None, patience: float = _PATIENCE) -> None:
        headers = {"authorization": f"Bearer {self._signed()}"} if self._terms.secret else {}
        content = None if body is None else msgspec.json.encode(body)
        answer = await self._asking.ask(method, self._terms.base_url, content, headers, patience=patience)
        if body is not None and answer.content_type.startswith("text/html") and answer.body.lstrip()[:1] == b"<":
            raise BotTrouble("nonsense")  # a page: whatever answers there is no bot

    def _signed(self) -> str:
        """For a bot that wants to know that it is us: HS256 with the secret that both know, five minutes."""
        now = self._house.clock.now()
        claims = {
            "iss": self._house.settings.server.public_url, "aud": self._terms.base_url,
            "iat": int(now.timestamp()), "exp": int((now + timedelta(minutes=5)).timestamp()),
        }  # fmt: skip
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, OctKey.import_key(self._terms.secret.encode()))


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
