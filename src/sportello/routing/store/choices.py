"""How each agent wants to be told of work."""

from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.routing.store.offers import Reader


class Choice(Struct, frozen=True):
    """An agent's own: `sound` empty is what the workstream says."""

    sound: str = ""
    repeats: bool = True
    desktop: bool = True


async def read(reader: Reader, staff: UUID) -> Choice:
    row = await reader.fetchrow("select sound, repeats, desktop from routing.notice_choice where staff = $1", staff)
    return Choice(**dict(row)) if row else Choice()


async def put(tx: Transaction, staff: UUID, choice: Choice) -> None:
    await tx.execute(
        """insert into routing.notice_choice (staff, sound, repeats, desktop) values ($1, $2, $3, $4)
        on conflict (staff) do update set sound = $2, repeats = $3, desktop = $4""",
        staff, choice.sound, choice.repeats, choice.desktop,
    )  # fmt: skip
