"""The one draft of the next plan: everybody edits the same, and sees who changed it last."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.routing.plan.parts import Plan
from sportello.routing.store.offers import Reader


class Draft(Struct, frozen=True):
    """What is being prepared; `based_on` is the version it was begun from, `revision` counts its changes."""

    plan: Plan
    based_on: int
    revision: int
    by_name: str
    at: datetime


async def current(reader: Reader) -> Draft | None:
    row = await reader.fetchrow("select plan::text, based_on, revision, by_name, at from routing.draft")
    return Draft(**{**dict(row), "plan": msgspec.json.decode(row["plan"], type=Plan)}) if row else None


async def put(tx: Transaction, draft: Draft) -> bool:
    """Keeps it as the revision after `revision - 1`; False when somebody else changed it meanwhile."""
    written: Any = await tx.execute(
        """insert into routing.draft (single, plan, based_on, revision, by_name, at)
        values (true, $1::text::jsonb, $2, $3, $4, $5)
        on conflict (single) do update set plan = excluded.plan, based_on = excluded.based_on,
            revision = excluded.revision, by_name = excluded.by_name, at = excluded.at
        where routing.draft.revision = excluded.revision - 1""",
        msgspec.json.encode(draft.plan).decode(), draft.based_on, draft.revision, draft.by_name, draft.at,
    )  # fmt: skip
    return bool(written.endswith(" 1"))


async def drop(tx: Transaction) -> None:
    await tx.execute("delete from routing.draft")
