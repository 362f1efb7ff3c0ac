"""What an agent typed and has not sent: kept on the server, so that a crashed computer loses no sentence."""

from typing import Any
from uuid import UUID

from litestar import put
from litestar.exceptions import NotFoundException
from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import signed_in
from sportello.desk import store
from sportello.kit.house import House

LONGEST = 20_000


class Draft(Struct):
    """The text as it stands."""

    text: str


@put("/desk/sessions/{conversation:uuid}/draft", status_code=204, guards=[signed_in])
async def keep_draft(house: House, actor: Actor, conversation: UUID, data: Draft) -> None:
    """Keeps a draft; an agent has only their own sessions, so a stranger's conversation is not found."""
    async with house.db.transaction() as tx:
        if not await store.keep_draft(tx, UUID(actor.id), conversation, data.text[:LONGEST]):
            raise NotFoundException


ROUTES: list[Any] = [keep_draft]
