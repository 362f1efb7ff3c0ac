"""Web addresses in people's words: only http and https become links, and the host they lead to stands beside them."""

import re
from urllib.parse import urlsplit

from msgspec import Struct

_ADDRESS = re.compile(r"https?://[^\s<>\"')\]\u200b-\u200f\u202a-\u202e\u2066-\u2069]+", re.I)
_TAIL = ".,;:!?"


class Part(Struct, frozen=True):
    """A piece of a text; with an `href` a link, whose true `host` is shown."""

    text: str
    href: str = ""
    host: str = ""


def parts(text: str) -> list[Part]:
    """The text in pieces; put together they are the text again."""
    found: list[Part] = []
    start = 0
    for match in _ADDRESS.finditer(text):
        address = match[0].rstrip(_TAIL)
        host = host_of(address)
        if not host:
            continue
        if match.start() > start:
            found.append(Part(text[start : match.start()]))
        found.append(Part(address, address, host))
        start = match.start() + len(address)
    if start < len(text):
        found.append(Part(text[start:]))
    return found


def host_of(address: str) -> str:
    """Where an address truly leads, in ASCII (so that look-alike letters show); empty when it leads nowhere."""
    try:
        split = urlsplit(address)
        host = (split.hostname or "").encode("idna").decode("ascii")
        return f"{host}:{split.port}" if split.port else host
    except (ValueError, UnicodeError):
        return ""
