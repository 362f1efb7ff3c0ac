"""Tokens that strangers carry: signed ones that need no row, and secrets of which only the hash is kept."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import datetime
from typing import Any

import msgspec


def hashed(secret: str) -> bytes:
    """What is kept of a random secret; a plain hash suffices for 256 bits of chance."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def sign(key: bytes, purpose: str, payload: Any, expires: datetime) -> str:
    """A token that only holders of `key` can make; `purpose` keeps tokens of one kind out of doors of another.

    The payload can be read by whoever holds the token: put no personal data in it.
    """
    body = msgspec.json.encode([int(expires.timestamp()), payload])
    return f"{_text(body)}.{_text(_mac(key, purpose, body))}"


def read_signed(key: bytes, purpose: str, token: str, now: datetime) -> Any:
    """The payload of an intact, unexpired token, else None."""
    try:
        body, mac = (urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
    except (ValueError, NotBase64):
        return None
    if not hmac.compare_digest(mac, _mac(key, purpose, body)):
        return None
    expires, payload = msgspec.json.decode(body)
    return payload if now.timestamp() < expires else None


def _mac(key: bytes, purpose: str, body: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\0" + body, "sha256")


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
