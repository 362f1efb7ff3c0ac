"""Puts words into a conversation: by itself, in a shared commit (`post`), or within a transaction (`say`)."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from sportello.conversations import rules
from sportello.conversations.masking import mask
from sportello.conversations.safekeeping import rules_of
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.streams import Posted, Refused

Kind = Literal["message", "note"]


async def post(
    house: House,
    conversation: UUID | str,
    body: Mapping[str, Any],
    *,
    sender: str,
    client_id: UUID,
    name: str = "",
    kind: Kind = "message",
    fence: int | None = None,
) -> Posted:
    """The hot path: cleans the body, refuses what is empty or too long, and answers when the message is durable.

    `sender` is `patient`, `bot` or `agent:<staff>`; `fence` is that of the right under which it is sent. The same
    `client_id` again answers the first number. Raises Refused, StreamClosed, FenceMoved, TryLater.
    """
    make = rules.body_from_patient if sender == "patient" else rules.body_from_staff
    try:
        kept = make(body, name)
    except rules.Unacceptable as refusal:
        raise Refused(refusal.code, refusal.message) from refusal
    await hide(house, kept, sender, kind)
    return await house.streams.post(
        f"conversation:{conversation}",
        kind,
        kept,
        sender=sender,
        client_id=client_id,
        audience="staff" if kind == "note" else "all",
        fence=fence,
    )


async def hide(house: House, body: dict[str, Any], sender: str, kind: str, tx: Transaction | None = None) -> None:
    """Masks, in place, what is not to be kept of somebody's words (see `masking`)."""
    secrets = (await rules_of(house, tx)).masked(sender, kind)
    for field in ("text", "payload"):
        if secrets and field in body:
            body[field] = mask(body[field], secrets)


async def say(
    house: House,
    tx: Transaction,
    conversation: UUID,
    text: str,
    *,
    sender: str = "bot",
    name: str = "",
    buttons: Sequence[Mapping[str, str] | str] | None = None,
    link: Mapping[str, str] | None = None,
    article: Mapping[str, str] | None = None,
    audience: Literal["all", "staff"] = "all",
    client_id: UUID | None = None,
) -> UUID:
    """A message that stands or falls with the transaction: the bot's words, an article, the system's.

    Whoever speaks for the bot locks the conversation first (`moves.locked`) and looks whether the bot still has it.
    `buttons` are `{text, payload}`, `link` is `{title, url}`, `article` is `{title, excerpt, url}`. Answers the
    message's client id. Raises ValueError (`rules.Unacceptable`) for a text that is empty or too long.
    """
    body: dict[str, Any] = {"text": rules.clean_text(text)}
    await hide(house, body, sender, "message", tx)
    if name:
        body["name"] = name
    extras = {"buttons": buttons, "link": link, "article": article}
    body |= {key: value for key, value in extras.items() if value}
    message = client_id or uuid7()
    await house.streams.append(
        tx, f"conversation:{conversation}", "message", body, sender=sender, audience=audience, client_id=message
    )
    return message
