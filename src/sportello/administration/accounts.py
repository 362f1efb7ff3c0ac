"""Staff accounts: adding, changing, leaving; every change is on record."""

from uuid import UUID

import asyncpg

from sportello.administration import audit, store
from sportello.administration.actor import Actor
from sportello.administration.permissions import DEFAULTS, Role
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import LANGUAGES, N_
from sportello.kit.ids import uuid7
from sportello.kit.security.passwords import LEAST, MOST, hash_password


class Unacceptable(Exception):
    """What was asked cannot be; `message` is a message id."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


async def ensure_roles(tx: Transaction) -> None:
    """Gives the four roles their first permissions on a fresh database."""
    await store.fill_permissions(tx, [(role, p) for role, given in DEFAULTS.items() for p in sorted(given)])


async def add_staff(
    house: House,
    tx: Transaction,
    by: Actor,
    *,
    login: str,
    name: str,
    role: str,
    password: str,
    language: str = "it",
    email: str = "",
) -> UUID:
    """A new account; raises Unacceptable with the reason."""
    login, name = login.strip().lower(), name.strip()
    if not login or len(login) > 100 or any(c.isspace() for c in login):
        raise Unacceptable(N_("A login has 1 to 100 characters and no spaces."))
    if not name or len(name) > 200:
        raise Unacceptable(N_("A name has 1 to 200 characters."))
    _check(role, language)
    staff = uuid7()
    try:
        await store.insert_staff(tx, staff, login, name, email.strip(), role, language, await checked_hash(password))
    except asyncpg.UniqueViolationError:
        raise Unacceptable(N_("This login is taken.")) from None
    await audit.record(house, tx, by, "staff.added", entity=str(staff), detail={"role": role})
    return staff


async def change_staff(
    house: House, tx: Transaction, by: Actor, staff: UUID, *, role: str, language: str, active: bool
) -> None:
    """Changes role, language or whether the account may sign in; a closed account loses its sessions at once."""
    _check(role, language)
    if str(staff) == by.id and (not active or role != by.role):
        raise Unacceptable(N_("You cannot take away your own role or account."))
    await store.change_staff(tx, staff, role, language, active)
    if not active:
        await store.close_sessions_of(tx, staff)
    await audit.record(house, tx, by, "staff.changed", entity=str(staff), detail={"role": role, "active": active})


async def set_password(house: House, tx: Transaction, by: Actor, staff: UUID, password: str) -> None:
    """A new password; whoever was signed in with the old one is signed out."""
    await store.set_password(tx, staff, await checked_hash(password))
    await store.close_sessions_of(tx, staff)
    await audit.record(house, tx, by, "staff.password_set", entity=str(staff))


def _check(role: str, language: str) -> None:
    if role not in set(Role):
        raise Unacceptable(N_("There is no role of this name."))
    if language not in LANGUAGES:
        raise Unacceptable(N_("Choose Italian or English."))


async def checked_hash(password: str) -> str:
    """The hash of an acceptable password: 12 to 1,000 characters, as NIST SP 800-63B advises length over rules."""
    if not LEAST <= len(password) <= MOST:
        raise Unacceptable(N_("A password has at least 12 characters."))
    return await hash_password(password)
