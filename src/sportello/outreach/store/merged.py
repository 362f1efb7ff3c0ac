"""To whom was written when two records of a patient become one, or two again."""

from collections.abc import Sequence
from uuid import UUID

from sportello.kit.database import Transaction


async def move(tx: Transaction, former: str, survivor: str) -> list[str]:
    """Messages and tasks of one patient become the other's, and its wishes where the other has said none."""
    moved = []
    for table in ("message", "task"):
        rows = await tx.fetch(
            f"update outreach.{table} set patient = $2 where patient = $1 returning id",  # noqa: S608
            former, survivor,
        )  # fmt: skip
        moved += [f"{table}:{row['id']}" for row in rows]
    wished = await tx.execute(
        """update outreach.preference set patient = $2 where patient = $1
        and not exists (select from outreach.preference where patient = $2)""",
        former, survivor,
    )  # fmt: skip
    return [*moved, "preference:"] if wished.endswith(" 1") else moved


async def give_back(tx: Transaction, keys: Sequence[str], survivor: str, former: str) -> None:
    """What was moved and still is the survivor's."""
    for table in ("message", "task"):
        ids = [UUID(key.partition(":")[2]) for key in keys if key.startswith(f"{table}:")]
        await tx.execute(
            f"update outreach.{table} set patient = $3 where id = any($1::uuid[]) and patient = $2",  # noqa: S608
            ids, survivor, former,
        )  # fmt: skip
    if "preference:" in keys:
        await tx.execute(
            """update outreach.preference set patient = $2 where patient = $1
            and not exists (select from outreach.preference where patient = $2)""",
            survivor, former,
        )  # fmt: skip
