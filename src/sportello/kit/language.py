"""Which language a request is answered in: the person's own, else what they chose, else what their browser says."""

from typing import Any

from litestar.connection import ASGIConnection

from sportello.kit.settings import Settings

COOKIE = "sportello_language"


def language_of(connection: ASGIConnection[Any, Any, Any, Any], settings: Settings) -> str:
    """The best of the clinic's languages; `state["language"]` holds that of a person with an account."""
    offered = settings.clinic.languages
    for chosen in (connection.scope.get("state", {}).get("language"), connection.cookies.get(COOKIE)):
        if chosen in offered:
            return str(chosen)
    return from_header(connection.headers.get("accept-language", ""), offered)


def from_header(header: str, offered: tuple[str, ...]) -> str:
    """The first offered language by RFC 9110's quality values; the first offered one when none is wanted."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:500].split(",")):
        name, _, weight = part.strip().replace(" ", "").partition(";q=")
        try:
            quality = float(weight or 1)
        except ValueError:
            continue
        if quality > 0:
            wanted.append((-quality, place, name.split("-")[0].lower()))
    return next((name for _, _, name in sorted(wanted) if name in offered), offered[0])
