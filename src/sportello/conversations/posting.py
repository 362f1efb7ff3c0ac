"""Words into a conversation: from people by the line's hot path, from bot and system within a transaction."""

from typing import Any, Literal
from uuid import UUID

from sportello.conversations.rules import LONGEST, cleaned
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.streams import Grant, Listener, Post, Posted, Refused

EMPTY = N_("Write something first.")
TOO_LONG = N_("This message is too long: at most 4,000 characters.")
UNKNOWN = N_("This cannot be sent here.")


def checked_text(body: dict[str, Any]) -> str:
    """The text of a post; raises Refused with words for its sender."""
    text = cleaned(body.get("text"))
    if text is None:
        raise Refused("unreadable", UNKNOWN)
    if not text:
        raise Refused("empty", EMPTY)
    if len(text) > LONGEST:
        raise Refused("too-long", TOO_LONG)
    return text


async def post(house: House, listener: Listener, stream: str, grant: Grant, frame: Post) -> Posted:
    """A person's message or a colleague's note; what is kept is built here, never taken over from the frame."""
    text = checked_text(frame.body)
    if frame.kind == "note":
        if listener.kind != "staff":
            raise Refused("unreadable", UNKNOWN)
        return await house.streams.post(
            stream, "note", {"text": text, "name": listener.name}, sender=grant.sender, audience="staff",
            client_id=frame.client_id, fence=grant.fence,
        )  # fmt: skip
    if frame.kind != "message":
        raise Refused("unreadable", UNKNOWN)
    body: dict[str, Any] = {"text": text, "name": listener.name}
    payload = frame.body.get("payload")
    if listener.kind == "patient" and isinstance(payload, str) and len(payload) <= 200:
        body["payload"] = payload
    return await house.streams.post(
        stream, "message", body, sender=grant.sender, client_id=frame.client_id, fence=grant.fence
    )


async def say(
    house: House,
    tx: Transaction,
    conversation: UUID,
    text: str,
    *,
    sender: str = "bot",
    name: str = "",
    buttons: list[dict[str, str]] | None = None,
    article: dict[str, str] | None = None,
    audience: Literal["all", "staff"] = "all",
    client_id: UUID | None = None,
    **more: Any,
) -> None:
    """A message of the bot, the system or a macro, with the transaction it belongs to.

    `buttons` are `{"text", "payload"}`; `article` is `{"title", "excerpt", "url"}`.
    """
    body: dict[str, Any] = {"text": text, "name": name, **more}
    if buttons:
        body["buttons"] = buttons
    if article:
        body["article"] = article
    await house.streams.append(
        tx, f"conversation:{conversation}", "message", body, sender=sender, audience=audience, client_id=client_id
    )
