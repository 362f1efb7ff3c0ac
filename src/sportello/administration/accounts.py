"""Staff accounts: adding, changing, leaving, passwords; every change is on record."""

import re
import secrets
import unicodedata
from uuid import UUID

import asyncpg

from sportello.administration import audit, store
from sportello.administration.actor import Actor
from sportello.administration.permissions import DEFAULTS, Permission, Role
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import LANGUAGES, N_
from sportello.kit.ids import uuid7
from sportello.kit.security.passwords import LONGEST, SHORTEST, check_password, hash_password
from sportello.kit.security.tokens import hashed

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,99}")
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
# Marks that turn the writing direction of all that follows; names in any script do without them.
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class Unacceptable(Exception):
    """What was asked cannot be; `message` is a message id, `field` what it is about."""

    def __init__(self, message: str, field: str = "", **values: str) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.values = values


async def ensure_roles(tx: Transaction) -> None:
    """Gives the four roles their first permissions on a fresh database."""
    await store.fill_permissions(tx, [(role, p) for role, given in DEFAULTS.items() for p in sorted(given)])


async def staff_of(tx: Transaction, login: str) -> UUID | None:
    """Who signs in by this name."""
    row = await store.staff_by_login(tx, login)
    return row["id"] if row else None


async def login_of(tx: Transaction, staff: UUID) -> str:
    """The name by which a member of staff signs in."""
    row = await store.staff_by_id(tx, staff)
    return str(row["login"]) if row else ""


def suggested_password() -> str:
    """Five groups of four characters that can be read out on the phone: 98 bits of chance."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(5))


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
    temporary: bool = False,
    staff: UUID | None = None,
) -> UUID:
    """A new account; raises Unacceptable with the reason.

    `temporary`: its owner chooses another password at the first sign-in. `staff` is the account's id, chosen by who
    asks: asking twice with one id is the same as once.
    """
    login, staff = login.strip().lower(), staff or uuid7()
    if not _LOGIN.fullmatch(login):
        raise Unacceptable(N_("A login has up to 100 letters without accents, digits, dots and hyphens."), "login")
    name, email = checked_name(name), _checked_email(email)
    _check(role, language)
    made = await checked_hash(password)
    try:
        if not await store.insert_staff(tx, staff, login, name, email, role, language, made, temporary=temporary):
            return staff
    except asyncpg.UniqueViolationError:
        raise Unacceptable(N_("This login is taken."), "login") from None
    await audit.record(house, tx, by, "staff.added", entity=str(staff), detail={"login": login, "role": role})
    return staff


async def change_staff(
    house: House,
    tx: Transaction,
    by: Actor,
    staff: UUID,
    *,
    role: str,
    language: str,
    active: bool,
    name: str | None = None,
    email: str | None = None,
) -> None:
    """Changes role, language, name or whether the account may sign in; a closed account loses its sessions at once.

    Refuses what would leave nobody who can manage staff, and taking away one's own role or account by mistake.
    """
    _check(role, language)
    await store.lock_staff(tx)
    before = await store.staff_by_id(tx, staff)
    if before is None:
        raise Unacceptable(N_("There is no such account."))
    if str(staff) == by.id and (not active or role != by.role):
        raise Unacceptable(N_("You cannot take away your own role or account."), "role")
    keeps = active and Permission.STAFF_MANAGE in await store.permissions_of(tx, role)
    if not keeps and not await store.others_with(tx, staff, Permission.STAFF_MANAGE):
        raise Unacceptable(N_("Somebody must be left who can manage staff."), "role")
    name = before["name"] if name is None else checked_name(name)
    email = before["email"] if email is None else _checked_email(email)
    await store.change_staff(tx, staff, name=name, email=email, role=role, language=language, active=active)
    if not active:
        await store.close_sessions_of(tx, staff)
    after = {"name": name, "email": email, "role": role, "language": language, "active": active}
    # Names and addresses are personal: the trail says that they changed, not what they are.
    changed = {key: True if key in {"name", "email"} else value for key, value in after.items() if value != before[key]}
    await audit.record(house, tx, by, "staff.changed", entity=str(staff), detail=changed)


async def set_password(house: House, tx: Transaction, by: Actor, staff: UUID, password: str) -> None:
    """A new password from somebody else; whoever was signed in with the old one is signed out."""
    await store.set_password(tx, staff, await checked_hash(password), temporary=True)
    await store.close_sessions_of(tx, staff)
    await audit.record(house, tx, by, "staff.password_set", entity=str(staff))


async def choose_password(house: House, tx: Transaction, actor: Actor, old: str, new: str, session: str) -> None:
    """A person's own new password; their other sessions end."""
    staff = UUID(actor.id)
    row = await store.staff_by_id(tx, staff)
    if not await check_password(row["password_hash"], old):
        raise Unacceptable(N_("This is not your present password."), "old_password")
    if old == new:
        raise Unacceptable(N_("Choose another password than the present one."), "new_password")
    await store.set_password(tx, staff, await checked_hash(new, "new_password"), temporary=False)
    await store.close_sessions_of(tx, staff, hashed(session))
    await audit.record(house, tx, actor, "staff.password_chosen", entity=actor.id)


def checked_name(name: str) -> str:
    """A name in any script, without control marks and spare spaces."""
    plain = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) not in {"Cc", "Cs"})
    plain = " ".join(plain.translate(_TURNING).split())
    if not 1 <= len(plain) <= 200:
        raise Unacceptable(N_("A name has 1 to 200 characters."), "name")
    return plain


def _checked_email(email: str) -> str:
    email = email.strip()
    if email and (len(email) > 254 or not _EMAIL.fullmatch(email)):
        raise Unacceptable(N_("This is not an e-mail address."), "email")
    return email


def _check(role: str, language: str) -> None:
    if role not in set(Role):
        raise Unacceptable(N_("There is no role of this name."), "role")
    if language not in LANGUAGES:
        raise Unacceptable(N_("Choose Italian or English."), "language")


async def checked_hash(password: str, field: str = "password") -> str:
    """The hash of a password of acceptable length."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Unacceptable(N_("A password has 12 to 200 characters."), field)
    return await hash_password(password)
