"""How somebody wants their pages: density and colours, carried by a cookie so that the first byte has them already."""

from typing import Any, Literal

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from msgspec import Struct

COOKIE = "sportello_look"
_YEAR = 365 * 24 * 3600
DENSITIES = ("compact", "comfortable")
THEMES = ("", "light", "dark")


class Look(Struct, frozen=True):
    """`theme` "" follows the system."""

    density: Literal["compact", "comfortable"] = "compact"
    theme: Literal["", "light", "dark"] = ""

    def cookie(self, *, secure: bool) -> Cookie:
        """Carries the look; it says nothing about the person."""
        return Cookie(
            key=COOKIE, value=f"{self.density}.{self.theme}", max_age=_YEAR, path="/", httponly=True, samesite="lax",
            secure=secure,
        )  # fmt: skip


def look_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Look:
    """The look that a browser carries; the usual one when it carries none, or none of ours."""
    density, _, theme = connection.cookies.get(COOKIE, "").partition(".")
    return Look(density, theme) if density in DENSITIES and theme in THEMES else Look()  # type: ignore[arg-type]
