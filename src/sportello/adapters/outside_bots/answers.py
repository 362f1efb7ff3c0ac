"""The JSON that a bot says, as it comes: kits say UTF-8, gateways and old servers not always."""

import contextlib
from email.message import Message
from typing import Any

import msgspec


def read_json(body: bytes, content_type: str = "") -> Any:
    """Raises ValueError for what is no JSON. What is no UTF-8 is read as is declared, else as Windows writes."""
    text = _text(body, content_type)
    try:
        return msgspec.json.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _text(body: bytes, content_type: str) -> str:
    with contextlib.suppress(UnicodeDecodeError):
        return body.decode("utf-8-sig")
    header = Message()
    header["content-type"] = content_type
    with contextlib.suppress(LookupError, UnicodeDecodeError, ValueError):
        return body.decode(header.get_content_charset("cp1252"))
    return body.decode("cp1252", "replace")
