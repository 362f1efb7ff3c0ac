"""Which addresses of other systems an administrator may write down."""

from urllib.parse import urlsplit


def is_address(text: str) -> bool:
    """https; plain http only within the machine or the hospital's network, where no name is public."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return False
    inside = host in ("localhost", "127.0.0.1", "::1") or "." not in host or host.endswith((".local", ".internal"))
    inside = inside or host.startswith(("10.", "192.168."))
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and inside))
