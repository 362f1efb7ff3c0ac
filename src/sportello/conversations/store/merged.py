"""Whom conversations concern when two records of a patient become one, or two again."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction


class Moved(Struct, frozen=True):
    """A conversation that concerns another record now."""

    id: UUID
    state: str
    agent: UUID | None

    @property
    def open(self) -> bool:
        return self.state != "closed"


async def move(tx: Transaction, former: str, survivor: str) -> list[Moved]:
    """Everything of one patient becomes the other's, also who was signed in."""
    rows = await tx.fetch(
        """
        with held as (
            select id from conversations.conversation where patient_id = $1 or account_patient = $1
            order by id for no key update
        )
        update conversations.conversation c set
            patient_id = case when patient_id = $1 then $2 else patient_id end,
            account_patient = case when account_patient = $1 then $2 else account_patient end
        from held where held.id = c.id returning c.id, c.state, c.agent
        """,
        former,
        survivor,
    )
    return [Moved(**dict(row)) for row in rows]


async def give_back(tx: Transaction, talks: Sequence[UUID], survivor: str, former: str) -> list[Moved]:
    """Those of the conversations that still are the survivor's."""
    rows = await tx.fetch(
        """
        with held as (
            select id from conversations.conversation
            where id = any($1::uuid[]) and (patient_id = $2 or account_patient = $2) order by id for no key update
        )
        update conversations.conversation c set
            patient_id = case when patient_id = $2 then $3 else patient_id end,
            account_patient = case when account_patient = $2 then $3 else account_patient end
        from held where held.id = c.id returning c.id, c.state, c.agent
        """,
        list(talks),
        survivor,
        former,
    )
    return [Moved(**dict(row)) for row in rows]
