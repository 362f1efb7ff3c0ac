"""Ways back into our own pages, as strangers write them in `?next=` and referrers."""

from urllib.parse import urlsplit


def local_path(path: str, otherwise: str) -> str:
    """The path when it is ours: no other site, no backslash or double-slash tricks, no control characters."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        return otherwise
    try:
        parts = urlsplit(path)
    except ValueError:
        return otherwise
    return otherwise if parts.netloc or parts.scheme else path
