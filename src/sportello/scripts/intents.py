"""What a macro asks of the agent's desk: open a tab, say something, refresh a part; told by an HX-Trigger header."""

import msgspec
from msgspec import Struct


class OpenTab(Struct, frozen=True):
    """A tab of the session that the step was run in."""

    url: str
    title: str
    kind: str = ""


class Intent(Struct, frozen=True):
    """`failed` is a translatable sentence: the step did not work, and why. `said` is shown beside the step."""

    open_tab: OpenTab | None = None
    said: str = ""
    failed: str = ""
    refresh: tuple[str, ...] = ()

    def header(self) -> dict[str, str]:
        """Headers for htmx, which makes an event of each key at the element that asked."""
        events: dict[str, object] = {}
        if self.open_tab:
            events["desk:open-tab"] = {
                "url": self.open_tab.url,
                "title": self.open_tab.title,
                "kind": self.open_tab.kind,
            }
        if self.refresh:
            events["desk:refresh"] = {"regions": list(self.refresh)}
        # Headers are Latin-1: what is beyond ASCII goes as JSON escapes.
        return {"HX-Trigger": _ascii(events)} if events else {}


def _ascii(events: dict[str, object]) -> str:
    text = msgspec.json.encode(events).decode()
    return "".join(c if ord(c) < 128 else "".join(f"\\u{unit:04x}" for unit in _utf16(c)) for c in text)


def _utf16(character: str) -> list[int]:
    data = character.encode("utf-16-be")
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]
