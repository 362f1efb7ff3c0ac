"""What a person sees when something fails: a sentence in their language, never a trace.

Three shapes for three readers: a page for browsers, a fragment for htmx (request header HX-Request), JSON for machines.
"""

from typing import Any

import asyncpg
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from sportello.kit.database import Busy
from sportello.kit.i18n import N_, translate
from sportello.kit.ids import new_reference
from sportello.kit.language import language_of

log = structlog.get_logger("errors")
SENTENCES = {
    400: N_("This request cannot be understood."),
    401: N_("Your session has ended. Sign in again; what you typed is kept."),
    403: N_("Your role does not allow this."),
    404: N_("This page or item does not exist."),
    405: N_("This page or item does not exist."),
    409: N_("Somebody else was quicker. Look again and retry."),
    413: N_("This is too large."),
    415: N_("This request cannot be understood."),
    429: N_("Too many attempts. Wait a little and try again."),
    500: N_("Something went wrong on our side. Nothing you sent was lost; try again."),
    503: N_("The service is very busy. Try again in a moment."),
}
# What strangers' texts and colliding transactions cause in PostgreSQL is no failure of ours.
_REFUSALS: dict[type[Exception], int] = {
    asyncpg.DataError: 400,
    asyncpg.DeadlockDetectedError: 409,
    asyncpg.SerializationError: 409,
    asyncpg.TooManyConnectionsError: 503,
    Busy: 503,
}
_COME_AGAIN = {"Retry-After": "2"}  # seconds


def sentence_for(status: int) -> str:
    """The message id for a status."""
    return SENTENCES.get(status) or SENTENCES[500 if status >= 500 else 400]


class Refusal(HTTPException):
    """An expected refusal with a sentence of its own: `raise Refusal(409, N_("This time was just taken."))`."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None, **values: object) -> None:
        super().__init__(message, status_code=status, headers=headers)
        self.message = message
        self.values = values


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """An expected refusal."""
    if error.status_code == 500:
        return on_failure(request, error)
    if isinstance(error, Refusal):
        return answer(request, error.status_code, error.message, headers=error.headers, values=error.values)
    return answer(request, error.status_code, headers=error.headers)


def on_failure(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """An unexpected failure: logged with a reference that the person can tell, answered without details."""
    status, reference, headers = failure_of(request, error)
    return answer(request, status, reference=reference, headers=headers)


def failure_of(request: Request[Any, Any, Any], error: Exception) -> tuple[int, str, dict[str, str]]:
    """The status of an unexpected failure, the reference it was logged with (none for a refusal), and headers."""
    for kind, status in _REFUSALS.items():
        if isinstance(error, kind):
            log.warning("request refused by the database", path=_path(request), error=type(error).__name__)
            return status, "", _COME_AGAIN if status == 503 else {}
    reference = new_reference()
    log.error("request failed", path=_path(request), reference=reference, exc_info=error)
    return 500, reference, {}


def _path(request: Request[Any, Any, Any]) -> str:
    """The route's pattern: addresses themselves may hold identifiers."""
    return str(request.scope.get("path_template", ""))


def answer(
    request: Request[Any, Any, Any],
    status: int,
    message: str = "",
    *,
    values: dict[str, object] | None = None,
    reference: str = "",
    headers: dict[str, str] | None = None,
) -> Response[Any]:
    """The refusal in its reader's shape and language."""
    house = request.app.state.house
    language = language_of(request, house.settings)
    sentence = translate(language, message or sentence_for(status), **(values or {}))
    known = {"sentence": sentence, "reference": reference}
    if request.headers.get("hx-request"):
        body = house.pages.fragment(language, "web/error_fragment.html", **known)
    elif "text/html" in request.headers.get("accept", ""):
        body = house.pages.fragment(language, "web/error.html", status=status, **known)
    else:
        # Machines that speak another dialect (FHIR, Direct Line) answer by handlers of their own routers.
        told = {"error": sentence} | ({"reference": reference} if reference else {})
        return Response(told, status_code=status, headers=headers)
    return Response(body, status_code=status, media_type="text/html", headers=headers)


EXCEPTION_HANDLERS: dict[Any, Any] = {HTTPException: on_http_error, Exception: on_failure}
