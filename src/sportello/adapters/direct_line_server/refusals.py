"""How Direct Line says no: an error with a code, as its clients read it.

403 is said of tokens alone: Microsoft's client takes every 403 for an expired token and stops for good.
"""

from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from sportello.kit.traces import where

log = structlog.get_logger("directline")
_CODES = {
    400: "BadArgument", 401: "Unauthorized", 403: "BadToken", 404: "ConversationNotFound", 405: "BadArgument",
    413: "MessageSizeTooBig", 415: "BadArgument", 422: "BadArgument", 429: "TooManyRequests", 503: "ServiceUnavailable",
}  # fmt: skip


class Refused(HTTPException):
    """A refusal with its code."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message, status_code=status, headers=headers)
        self.code = code


def no_header() -> Refused:
    return Refused(401, "Unauthorized", "A bearer is wanted in Authorization.", {"www-authenticate": "Bearer"})


def token_expired() -> Refused:
    return Refused(403, "TokenExpired", "Token has expired")


def not_for_this() -> Refused:
    return Refused(403, "BadToken", "The token is for another conversation.")


def not_found() -> Refused:
    return Refused(404, "ConversationNotFound", "There is no such conversation, or it has ended.")


def bad(message: str) -> Refused:
    return Refused(400, "BadArgument", message)


def said(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The answer to a refusal; what failed on our side is logged and told without details."""
    if isinstance(error, HTTPException) and error.status_code != 500:
        code = getattr(error, "code", "") or _CODES.get(error.status_code, "BadArgument")
        message = error.detail if isinstance(error, Refused) else code
        return Response(
            {"error": {"code": code, "message": message}}, status_code=error.status_code, headers=error.headers
        )
    log.error("a request failed", path=str(request.scope.get("path_template", "")), error=where(error))
    return Response({"error": {"code": "ServiceError", "message": "Try again."}}, status_code=500)
