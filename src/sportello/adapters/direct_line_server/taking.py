"""What clients send as activities, turned into what a patient does in a conversation: writes, types, ends it."""

import binascii
from base64 import b64decode
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote_to_bytes
from uuid import UUID, uuid5

import msgspec
from msgspec import Raw, Struct

from sportello.adapters.direct_line_server import store
from sportello.adapters.direct_line_server.refusals import Refused, bad, not_found
from sportello.adapters.direct_line_server.telling import activity_id
from sportello.administration.actor import Actor
from sportello.conversations import files, posting
from sportello.conversations.ending import end
from sportello.conversations.refusals import NotPossible
from sportello.conversations.rules import Unacceptable, clean_text
from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.streams import Listener, StreamClosed, TryLater, authority, frames
from sportello.kit.streams.posting import take as post_frame

_MOST_NAME, _MOST_LINES = 200, 20


class Content(Struct, frozen=True):
    """A file that came with an activity."""

    name: str
    content: bytes


def listener(talk: Conversation) -> Listener:
    """The patient at the other end: whoever holds the token of this one conversation."""
    return Listener("patient", talk.stream, "", talk.language, frozenset({talk.stream}))


async def take(
    house: House, talk: Conversation, user: str, activity: dict[str, Any], attached: Sequence[Content] = ()
) -> str:
    """Does what the activity says and answers its id. Whatever its `from` says, it is the token's user who speaks."""
    kind = activity.get("type")
    if kind == "message":
        return await _message(house, talk, activity, [*attached, *_inline(activity)])
    if kind == "typing":
        await _type(house, talk)
    elif kind == "endOfConversation":
        patient = Actor(kind="patient", id=talk.stream, name="")
        await house.db.run(lambda tx: end(house, tx, talk.id, patient))
    elif not isinstance(kind, str):
        raise bad("An activity has a type.")
    return f"{talk.id}|{uuid7().hex}"


async def _type(house: House, talk: Conversation) -> None:
    gate, who = house.streams.gate_of(talk.stream), listener(talk)
    if gate and await gate.may_follow(house, who, talk.stream):
        await gate.signal(house, who, talk.stream, {"t": "typing"})


async def _message(house: House, talk: Conversation, activity: dict[str, Any], attached: Sequence[Content]) -> str:
    data = activity.get("channelData")
    name = data.get("clientActivityID") if isinstance(data, dict) else None
    name = name[:_MOST_NAME] if isinstance(name, str) and name else uuid7().hex
    message = uuid5(talk.id, name)  # the same activity again is the same message
    body = _body(activity)
    if not body and not attached:
        raise bad("The message is empty.")
    # Whatever comes first stands for the activity: its echo carries the client's name for it.
    first = message if body else uuid5(message, "0")
    await store.name_activity(house.db, talk.id, first, name.replace("\0", ""))
    seq = await _post(house, talk, message, body) if body else 0
    for place, one in enumerate(attached):
        kept = await _file(house, talk, one, uuid5(message, str(place)))
        seq = seq or kept
    return activity_id(talk.id, seq)


def _body(activity: dict[str, Any]) -> dict[str, Any]:
    """Words and the payload of a button; a card's answers stand as lines."""
    text, value = activity.get("text"), activity.get("value")
    data = activity.get("channelData")
    shown = data.get("messageBack") if isinstance(data, dict) else None
    if isinstance(shown, dict) and isinstance(shown.get("displayText"), str):
        text = shown["displayText"]
    if not (isinstance(text, str) and text.strip()) and isinstance(value, dict):
        lines = [f"{key}: {one}" for key, one in value.items() if isinstance(one, str | int | float)]
        text = "\n".join(lines[:_MOST_LINES])
    try:
        body = {"text": clean_text(text)}
    except Unacceptable as no:
        if no.code == "too-long":
            raise Refused(413, "MessageSizeTooBig", "The message is too long.") from no
        return {}
    return body | ({"payload": value} if isinstance(value, str) and value else {})


async def _post(house: House, talk: Conversation, message: UUID, body: dict[str, Any]) -> int:
    """Through the conversation's gate, as everything that patients write; answers the message's number."""
    who = listener(talk)
    asked = frames.Asked("post", talk.stream, id=message, k="message", b=Raw(msgspec.json.encode(body)))

    async def grant() -> Any:
        return await authority.grant(house, who, talk.stream)

    try:
        answer = msgspec.json.decode(await post_frame(house, who, asked, await grant(), grant))
    except TryLater as later:
        raise Refused(503, "ServiceUnavailable", "Try again.", {"retry-after": "1"}) from later
    if answer["t"] == "ack":
        return int(answer["n"])
    if answer["code"] in ("closed", "forbidden"):
        raise not_found()
    raise bad(answer["text"])


def _inline(activity: dict[str, Any]) -> list[Content]:
    """Files that stand in the activity itself as data: addresses; other addresses are not fetched."""
    found = []
    attachments = activity.get("attachments")
    for one in attachments if isinstance(attachments, list) else ():
        address = one.get("contentUrl") if isinstance(one, dict) else None
        if not isinstance(address, str) or not address.startswith("data:"):
            continue
        head, comma, coded = address.partition(",")
        try:
            content = b64decode(coded, validate=True) if head.endswith(";base64") else unquote_to_bytes(coded)
        except (ValueError, binascii.Error) as error:
            raise bad("An attachment cannot be read.") from error
        if comma:
            found.append(Content(str(one.get("name") or ""), content))
    return found


async def _file(house: House, talk: Conversation, one: Content, file: UUID) -> int:
    """Keeps a file; when it is not taken, the conversation says why, as our own chat would."""
    patient = Actor(kind="patient", id=talk.stream, name="")
    try:
        await files.send(
            house, talk.id, one.content, file=file, name=one.name[:400], by=patient, language=talk.language
        )
    except NotPossible as no:
        raise not_found() from no
    except files.Unfit as unfit:
        await explain(house, talk, unfit)
        raise bad(unfit.words(talk.language)) from unfit
    except StreamClosed as closed:
        raise not_found() from closed
    return await _number(house, talk, file)


async def _number(house: House, talk: Conversation, message: UUID) -> int:
    head = await house.streams.head(talk.stream)
    for event in reversed(await house.streams.since(talk.stream, max(0, head - 200))):
        if event.client_id == message:
            return event.seq
    return head


async def explain(house: House, talk: Conversation, unfit: files.Unfit) -> None:
    """Says in the conversation why a file was not taken."""

    async def work(tx: Transaction) -> None:
        await posting.say(house, tx, talk.id, unfit.words(talk.language), sender="system")

    try:
        await house.db.run(work)
    except StreamClosed as closed:
        raise not_found() from closed
