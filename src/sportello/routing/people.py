"""Which members of staff can be given conversations."""

from uuid import UUID

from sportello.administration import store as administration
from sportello.administration.permissions import Permission
from sportello.conversations.moves import NotPossible
from sportello.kit.database import Transaction
from sportello.kit.i18n import N_

NO_AGENT = N_("Choose an agent who can take conversations.")


async def agent_name(tx: Transaction, staff: UUID) -> str:
    """The name of somebody who may take conversations; raises NotPossible for anybody else."""
    row = await administration.staff_by_id(tx, staff)
    rights = await administration.permissions_of(tx, row["role"]) if row else set()
    if row is None or not row["active"] or Permission.TAKE_CONVERSATION not in rights:
        raise NotPossible(NO_AGENT, "no-agent")
    return str(row["name"])
