"""Answers that change nothing on the page by themselves but tell the page's scripts something."""

import json
from typing import Any

from litestar import Response


def told(events: dict[str, Any]) -> Response[None]:
    """204 with events for the page, as `{"notice": {"text": ..., "kind": "warn"}}`; escaped, for a header is ASCII."""
    return Response(None, status_code=204, headers={"HX-Trigger": json.dumps(events, ensure_ascii=True)})


def notice(text: str, kind: str = "warn") -> dict[str, Any]:
    """The event that says a sentence at the corner of the page."""
    return {"notice": {"text": text, "kind": kind}}
