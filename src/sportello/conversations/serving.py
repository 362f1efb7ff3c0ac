"""How files come in over HTTP and go out: read no further than allowed, handed over only as a download that no browser
runs or shows as a page.
"""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Request, Response

from sportello.administration.actor import Actor
from sportello.conversations.files import content_of, too_large
from sportello.conversations.safekeeping import MEGABYTE, rules_of
from sportello.conversations.store import files, talks
from sportello.kit.database import Transaction
from sportello.kit.house import House

MOST_BODY = 26 * MEGABYTE  # above every limit that can be set
_SAFE = {
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "private, no-store",
}


async def body_of(request: Request[Any, Any, Any], house: House) -> bytes:
    """The raw body, as long as it is within the hospital's limit; raises Unfit as soon as it is not."""
    allowed = await rules_of(house)
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > allowed.most_bytes:
            async for _ in request.stream():  # a browser reads the answer only when all is sent
                pass
            raise too_large(allowed)
    return bytes(read)


async def answer(
    house: House, tx: Transaction, actor: Actor, file: UUID, *, thumbnail: bool, conversation: UUID
) -> Response[bytes] | None:
    """The file of a conversation that the actor may see (the caller has decided); None when it is gone or another's."""
    found = await files.read(tx, file)
    talk = await talks.read(tx, conversation) if found and found.conversation == conversation else None
    if found is None or talk is None:
        return None
    content = await content_of(house, tx, actor, found, talk, thumbnail=thumbnail)
    if content is None:
        return None
    if thumbnail:
        return Response(content, media_type="image/webp", headers=_SAFE | {"cache-control": "private, max-age=3600"})
    said = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    return Response(content, media_type=found.type, headers=_SAFE | {"content-disposition": said})
