"""What a macro asks of the agent's desk: open a tab, say how it went; told by an HX-Trigger header."""

from typing import Any

import msgspec
from msgspec import Struct


class OpenTab(Struct, frozen=True):
    """A tab of the session in which the step was run; a known `kind` gives it its title and icon."""

    url: str
    kind: str = ""
    title: str = ""


class Intent(Struct, frozen=True):
    """`said` and `failed` are message ids shown beside the step; with `failed` the step did not work."""

    open_tab: OpenTab | None = None
    said: str = ""
    failed: str = ""

    def headers(self) -> dict[str, str]:
        """For htmx, which makes an event of it. It is sent to the body: the asking form is replaced by then."""
        if not self.open_tab:
            return {}
        detail: dict[str, Any] = {"target": "body", **msgspec.to_builtins(self.open_tab)}
        return {"HX-Trigger": _ascii(msgspec.json.encode({"desk:open-tab": detail}).decode())}


def _ascii(text: str) -> str:
    """Headers are Latin-1 at best: what is beyond ASCII goes as JSON's escapes, in UTF-16 units."""
    return "".join(c if c < "\x80" else _escaped(c.encode("utf-16-be")) for c in text)


def _escaped(units: bytes) -> str:
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))
