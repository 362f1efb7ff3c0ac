"""The line's words as they travel: JSON frames with short keys, made once and pushed to many."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from sportello.kit.streams.shapes import Event

FRAME_BYTES = 64 * 1024  # larger frames are refused; far larger ones end the socket (uvicorn's ws_max_size)

_encode = msgspec.json.Encoder().encode


class Asked(Struct, gc=False):
    """Any frame from a client; which fields matter depends on `t`."""

    t: str
    s: str = ""
    after: int = 0
    id: UUID | None = None
    k: str = "message"
    b: Raw = Raw(b"")
    n: int = 0
    token: str = ""
    lang: str = ""


asked = msgspec.json.Decoder(Asked).decode
asked_many = msgspec.json.Decoder(list[Asked]).decode


class _Event(Struct, tag="ev", tag_field="t", gc=False):
    s: str
    n: int
    k: str
    at: datetime
    id: UUID | None
    by: str
    b: Raw


class _Ack(Struct, tag="ack", tag_field="t", gc=False):
    s: str
    id: UUID
    n: int


class _No(Struct, tag="no", tag_field="t", gc=False, omit_defaults=True):
    s: str
    code: str
    text: str
    id: UUID | None = None


def event(e: Event) -> str:
    return _encode(_Event(e.stream, e.seq, e.kind, e.at, e.client_id, e.sender, Raw(e.json.encode()))).decode()


def ack(stream: str, client_id: UUID, seq: int) -> str:
    return _encode(_Ack(stream, client_id, seq)).decode()


def no(code: str, text: str, stream: str = "", client_id: UUID | None = None) -> str:
    return _encode(_No(stream, code, text, client_id)).decode()


def passing(frame: dict[str, Any]) -> str:
    return _encode(frame).decode()


def following(stream: str, seq: int) -> str:
    """The follower has been told all up to `seq` and hears what comes."""
    return _encode({"t": "following", "s": stream, "n": seq}).decode()


def gap(stream: str) -> str:
    """Something was left out: follow again from the last number you have."""
    return _encode({"t": "gap", "s": stream}).decode()


def reset(stream: str) -> str:
    """Your number is not of this stream's past (a restored backup): load the region anew."""
    return _encode({"t": "reset", "s": stream}).decode()


WELCOME = '{"t":"welcome"}'
PONG = '{"t":"pong"}'


def bye(why: str) -> str:
    return _encode({"t": "bye", "why": why}).decode()
