"""What happens in a conversation as Direct Line activities: the stream's numbers are the ids and the watermark."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin
from uuid import UUID

from msgspec import Struct

from sportello.adapters.direct_line_server import store, tokens
from sportello.adapters.direct_line_server.wording import is_over, state_line
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.kit.streams import Event

ASSISTANT = N_("Automatic assistant")
HOSPITAL = N_("Hospital")
_PICTURES = ("image/jpeg", "image/png", "image/webp")
_WORD = {"active": "accepted", "wrap_up": "completed", "closed": "completed"}  # what clients call a hand-over's state


class Told(Struct, frozen=True):
    """What every activity of a conversation says besides its words; `base` is our address as the client reached it."""

    conversation: UUID
    user: str
    language: str
    base: str


def activity_id(conversation: UUID, seq: int) -> str:
    return f"{conversation}|{seq:07d}"


async def activities(house: House, told: Told, events: Sequence[Event]) -> list[dict[str, Any]]:
    """The activities of events, in order; nothing in them is null."""
    own = [e.client_id for e in events if e.sender == "patient" and e.client_id]
    named = await store.names(house.db, told.conversation, own) if own else {}
    made: list[dict[str, Any]] = []
    for event in events:
        if event.kind == "message":
            made.append(await _message(house, told, event, named))
        elif event.kind == "redacted":
            made.append(_base(told, event) | {"type": "messageDelete", "id": _of(told, event.body.get("seq"))})
        else:
            made += _happening(told, event)
    return made


def typing(told: Told) -> dict[str, Any]:
    """Somebody of the hospital is writing; never numbered, never kept."""
    return {
        "type": "typing", "channelId": "directline", "conversation": {"id": str(told.conversation)},
        "from": {"id": "hospital", "name": translate(told.language, HOSPITAL), "role": "bot"},
    }  # fmt: skip


def _of(told: Told, seq: Any) -> str:
    return activity_id(told.conversation, int(seq or 0))


def _base(told: Told, event: Event) -> dict[str, Any]:
    return {
        "id": activity_id(told.conversation, event.seq),
        "timestamp": event.at.isoformat().replace("+00:00", "Z"),
        "channelId": "directline",
        "conversation": {"id": str(told.conversation)},
        "from": {"id": "hospital", "name": translate(told.language, HOSPITAL), "role": "bot"},
    }


async def _message(house: House, told: Told, event: Event, named: dict[UUID, str]) -> dict[str, Any]:
    body = event.body
    said = _base(told, event) | {
        "type": "message", "text": str(body.get("text", "")), "textFormat": "plain", "locale": told.language,
    }  # fmt: skip
    if event.sender == "patient":
        said["from"] = {"id": told.user, "role": "user"}
        if event.client_id in named:
            said["channelData"] = {"clientActivityID": named[event.client_id]}
    else:
        said |= _from_hospital(told, event, body)
    if body.get("redacted"):
        said["text"] = translate(told.language, N_("This message was removed."))
    attachments = await _attachments(house, told, body)
    return said | ({"attachments": attachments} if attachments else {})


def _from_hospital(told: Told, event: Event, body: dict[str, Any]) -> dict[str, Any]:
    if event.sender == "bot":
        who = {"id": "bot", "name": translate(told.language, ASSISTANT), "role": "bot"}
    else:
        who = {"id": event.sender.partition(":")[0], "name": str(body.get("name") or ""), "role": "bot"}
        who["name"] = who["name"] or translate(told.language, HOSPITAL)
    said: dict[str, Any] = {"from": who}
    if buttons := [_button(one) for one in body.get("buttons") or ()]:
        said |= {"suggestedActions": {"actions": buttons, "to": [told.user]}, "inputHint": "expectingInput"}
    return said


def _button(one: Any) -> dict[str, Any]:
    text = str(one.get("text", "")) if isinstance(one, dict) else str(one)
    pressed = str(one.get("payload", "")) if isinstance(one, dict) else ""
    return {
        "type": "messageBack", "title": text, "text": text, "displayText": text,
        **({"value": pressed} if pressed else {}),
    }  # fmt: skip


async def _attachments(house: House, told: Told, body: dict[str, Any]) -> list[dict[str, Any]]:
    found = [_card(told, card) for card in (body.get("article"), body.get("link")) if card and card.get("url")]
    if file := body.get("attachment"):
        ticket = await tokens.file_ticket(house, told.conversation, str(file["id"]))
        address = f"{told.base}/v3/directline/attachments/{ticket}"
        found.append({"contentType": file["type"], "contentUrl": address, "name": file["name"]})
        if file["type"] in _PICTURES:
            found[-1]["thumbnailUrl"] = f"{address}?thumbnail=yes"
    return found


def _card(told: Told, card: dict[str, Any]) -> dict[str, Any]:
    title, url = str(card.get("title", "")), urljoin(f"{told.base}/", str(card["url"]))
    opened = {"type": "openUrl", "title": translate(told.language, N_("Read more")), "value": url}
    content = {"title": title, "text": str(card.get("excerpt", "")), "buttons": [opened]}
    return {
        "contentType": "application/vnd.microsoft.card.hero",
        "content": {key: value for key, value in content.items() if value},
    }


def _happening(told: Told, event: Event) -> list[dict[str, Any]]:
    """A line for the patient where our own chat shows one, and for programs an event."""
    body, made = event.body, []
    if line := state_line(told.language, event.kind, body):
        made.append(_base(told, event) | {"type": "message", "text": line, "textFormat": "plain"})
    base = _base(told, event)
    if made:
        base["id"] += ".1"
    if event.kind == "moved":
        value = {"state": _WORD.get(str(body.get("to")), str(body.get("to"))), "message": str(body.get("reason", ""))}
        made.append(base | {"type": "event", "name": "handoff.status", "value": value})
        if is_over(body):
            over = {"id": f"{_of(told, event.seq)}.2", "type": "endOfConversation", "code": "completedSuccessfully"}
            made.append(base | over)
    elif event.kind == "place":
        made.append(base | {"type": "event", "name": "sportello.place", "value": dict(body)})
    return made
