"""Which language a stranger reads: what they chose, else what their browser says, else the clinic's."""

from typing import Any

from litestar.connection import ASGIConnection

from sportello.kit.settings import Settings

COOKIE = "sportello_language"


def language_of(connection: ASGIConnection[Any, Any, Any, Any], settings: Settings) -> str:
    """The best of the clinic's languages for a request without an account."""
    offered = settings.clinic.languages
    chosen = connection.cookies.get(COOKIE, "")
    if chosen in offered:
        return chosen
    return from_header(connection.headers.get("accept-language", ""), offered)


def from_header(header: str, offered: tuple[str, ...]) -> str:
    """The first offered language by RFC 9110's quality values; the first offered one when none is wanted."""
    wanted: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), name.split("-")[0].lower()))
        except ValueError:
            continue
    return next((name for _, name in sorted(wanted) if name in offered), offered[0])
