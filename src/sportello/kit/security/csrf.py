"""Protection against forged requests: a token derived from the session's secret, and the origin browsers tell."""

import hmac
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection

FIELD, HEADER = "csrf", "x-csrf-token"
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def token_for(session_secret: str) -> str:
    """The form token of a session; it ends with the session and tells nothing about its secret."""
    return hmac.digest(session_secret.encode(), b"csrf", "sha256").hex()


def same_token(given: str, expected: str) -> bool:
    """Compared in constant time; an empty token never fits."""
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def from_elsewhere(connection: ASGIConnection[Any, Any, Any, Any], public_url: str) -> bool:
    """Whether the browser says that a page of another site sent this; clients that are no browsers say nothing."""
    if connection.headers.get("sec-fetch-site") == "cross-site":
        return True
    origin = connection.headers.get("origin")
    if not origin:
        return False
    return urlsplit(origin).netloc not in {connection.headers.get("host", ""), urlsplit(public_url).netloc} - {""}
