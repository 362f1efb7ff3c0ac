"""What a person sees when something fails: a sentence in their language, never a trace."""

from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from sportello.kit.i18n import N_, translate
from sportello.kit.ids import new_reference

log = structlog.get_logger("errors")
SENTENCES = {
    400: N_("This request cannot be understood."),
    401: N_("Your session has ended. Sign in again; what you typed is kept."),
    403: N_("Your role does not allow this."),
    404: N_("This page or item does not exist."),
    405: N_("This page or item does not exist."),
    409: N_("Somebody else was quicker. Look again and retry."),
    413: N_("This is too large."),
    429: N_("Too many attempts. Wait a little and try again."),
    500: N_("Something went wrong on our side. Nothing you sent was lost; try again."),
}


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """An expected refusal, in the shape its reader understands: page, fragment or JSON."""
    return _answer(request, error.status_code, error.headers)


def on_failure(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """An unexpected failure: logged with a reference that the person can tell, answered without details."""
    reference = new_reference()
    log.error("request failed", path=request.scope["path_template"], reference=reference, exc_info=error)
    return _answer(request, 500, None, reference)


def _answer(
    request: Request[Any, Any, Any], status: int, headers: dict[str, str] | None, reference: str = ""
) -> Response[Any]:
    house = request.app.state.house
    state = request.scope.get("state", {})
    language = state.get("language", house.settings.clinic.languages[0])
    sentence = translate(language, SENTENCES.get(status, SENTENCES[500 if status >= 500 else 400]))
    wants = request.headers.get("accept", "")
    if request.headers.get("hx-request"):
        body = house.pages.fragment(language, "web/error_fragment.html", sentence=sentence, reference=reference)
        return Response(body, status_code=status, media_type="text/html", headers=headers)
    if "text/html" in wants:
        return Response(
            house.pages.fragment(language, "web/error.html", sentence=sentence, reference=reference, status=status),
            status_code=status, media_type="text/html", headers=headers,
        )  # fmt: skip
    return Response({"error": sentence, "reference": reference}, status_code=status, headers=headers)


EXCEPTION_HANDLERS: dict[Any, Any] = {HTTPException: on_http_error, Exception: on_failure}
