"""How somebody wants the desk to look: kept for the person, carried by each of their browsers."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, put

from sportello.administration.actor import Actor
from sportello.administration.permissions import signed_in
from sportello.desk import store
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.look import Look

NAME = "look"


async def look_of(tx: Transaction, actor: Actor) -> Look | None:
    """What the person chose, if anything."""
    kept = await store.personal(tx, UUID(actor.id), NAME)
    try:
        return msgspec.convert(kept, Look) if kept else None
    except msgspec.ValidationError:
        return None


def carry(house: House, answer: Response[Any], look: Look) -> None:
    """Lets the browser carry the look from now on."""
    answer.cookies.append(look.cookie(secure=house.settings.server.public_url.startswith("https://")))


@put("/desk/look", status_code=200, guards=[signed_in])
async def choose(house: House, actor: Actor, data: Look) -> Response[None]:
    """Keeps density and colours."""
    async with house.db.transaction() as tx:
        await store.keep_personal(tx, UUID(actor.id), NAME, msgspec.to_builtins(data), house.clock.now())
    answer = Response(None, status_code=204)
    carry(house, answer, data)
    return answer


ROUTES: list[Any] = [choose]
