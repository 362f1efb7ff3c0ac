"""The rooms' static files under an address that changes with their content, so that browsers may keep them for good.

The version stands in the path, not in a query: ES modules import each other by relative paths, and stay in one version.
"""

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from msgspec import Struct

import sportello

_ROOMS = Path(sportello.__file__).parent
_FOR_GOOD = "public, max-age=31536000, immutable"
_KINDS = {".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
_TEXTS = ("text/", "image/svg", "application/json", "application/manifest")
_WORTH_PACKING = 500  # bytes


class StaticFile(Struct, frozen=True):
    """A file ready to be sent; `packed` is its gzip, when that is smaller."""

    kind: str
    plain: bytes
    packed: bytes | None


@cache
def files() -> dict[str, StaticFile]:
    """Every static file by `room/path`, read once: only what was there at start can be asked for."""
    found = {}
    for file in sorted(_ROOMS.glob("*/static/**/*")):
        if file.is_file() and not file.is_symlink():
            room, _, *rest = file.relative_to(_ROOMS).parts
            found[str(PurePosixPath(room, *rest))] = _read(file)
    return found


@cache
def version() -> str:
    """Names the content of all static files together."""
    digest = hashlib.sha256()
    for name, file in files().items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(file.plain).digest())
    return digest.hexdigest()[:12]


def _read(file: Path) -> StaticFile:
    kind = _KINDS.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    plain = file.read_bytes()
    packed = gzip.compress(plain, 9, mtime=0) if kind.startswith(_TEXTS) and len(plain) > _WORTH_PACKING else None
    return StaticFile(kind, plain, packed if packed and len(packed) < len(plain) else None)


@get("/static/{asked:str}/{room:str}/{path:path}", opt={"open_door": "files without data"}, sync_to_thread=False)
def static_file(request: Request[Any, Any, Any], asked: str, room: str, path: str) -> Response[bytes]:
    """A room's static file. Other sites may load it, for the chat widget stands on them."""
    file = files().get(f"{room}/{path.lstrip('/')}")
    if file is None:
        raise NotFoundException
    headers = {
        # An address of another version (a page from before an update) must not be kept under today's content.
        "cache-control": _FOR_GOOD if asked == version() else "no-cache",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "vary": "accept-encoding",
    }
    if file.packed and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, media_type=file.kind, headers={**headers, "content-encoding": "gzip"})
    return Response(file.plain, media_type=file.kind, headers=headers)


ROUTES = [static_file]
