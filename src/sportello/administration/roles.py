"""What roles may do, as the hospital wants it; in force at the next request of everybody who has the role."""

from sportello.administration import audit, store
from sportello.administration.accounts import Unacceptable
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, Role
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_


async def change_role(house: House, tx: Transaction, by: Actor, role: Role, permissions: frozenset[Permission]) -> None:
    """Gives a role exactly these permissions; refuses what would leave nobody who can manage staff."""
    await store.lock_staff(tx)
    before = await store.permissions_of(tx, role)
    await store.set_permissions(tx, role, sorted(permissions))
    if not await store.anybody_with(tx, Permission.STAFF_MANAGE):
        raise Unacceptable(N_("Somebody must be left who can manage staff."))
    given, taken = sorted(permissions - before), sorted(before - permissions)
    if given or taken:
        await audit.record(house, tx, by, "role.changed", entity=role, detail={"given": given, "taken": taken})
