"""Sign-in and sign-out: the password is judged slowly and beside the loop, and a session of its own follows."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sportello.administration import audit, store
from sportello.administration.actor import SYSTEM, Actor
from sportello.administration.attempts import TooManyTries, attempts_of
from sportello.kit.house import House
from sportello.kit.ids import new_token
from sportello.kit.security import csrf
from sportello.kit.security.passwords import check_password, hash_password, is_outdated
from sportello.kit.security.tokens import hashed

__all__ = ["Opened", "TooManyTries", "forget_old", "is_same_person", "open_session", "sign_in", "sign_out"]
_REMEMBERED = timedelta(days=1)


class Opened(NamedTuple):
    """A new session: its secret for the cookie, its forgery token, and whose it is."""

    token: str
    csrf: str
    actor: Actor


async def sign_in(house: House, login: str, password: str, address: str) -> Opened | None:
    """A session, or None when login or password is wrong (which of them is not told). Raises TooManyTries."""
    login = login.strip().lower()
    attempts_of(house).begin(login, address, house.clock.now())
    async with house.db.transaction() as tx:
        row = await store.staff_by_login(tx, login) if len(login) <= 100 else None
    right = await check_password(row["password_hash"] if row else None, password)
    if row is None:
        return None
    opened = await open_session(house, row["id"]) if right else None
    if opened is None:
        await _record_refusal(house, row["id"], "closed" if right else "password")
        return None
    attempts_of(house).succeeded(login, address)
    if is_outdated(row["password_hash"]):
        fresh = await hash_password(password)
        async with house.db.transaction() as tx:
            await store.rehash_password(tx, row["id"], row["password_hash"], fresh)
    return opened


async def open_session(house: House, staff: UUID) -> Opened | None:
    """A session for a staff member whose identity is proved; None when the account is closed or gone."""
    token = new_token()
    async with house.db.transaction() as tx:
        row = await store.staff_by_id(tx, staff)
        if row is None or not row["active"]:
            return None
        permissions = await store.permissions_of(tx, row["role"])
        actor = Actor(
            kind="staff", id=str(row["id"]), name=row["name"], language=row["language"], role=row["role"],
            permissions=frozenset(permissions),
        )  # fmt: skip
        await store.open_session(tx, hashed(token), row["id"], house.clock.now())
        await audit.record(house, tx, actor, "staff.signed_in", entity=actor.id)
    return Opened(token, csrf.token_for(token), actor)


async def is_same_person(house: House, old_token: str, staff: str) -> bool:
    """Whether a page whose session has ended was this person's; True when nobody knows any more."""
    async with house.db.transaction() as tx:
        owner = await store.session_owner(tx, hashed(old_token)) if old_token else None
    return owner is None or str(owner) == staff


async def close(house: House, token: str) -> None:
    """Ends a session without a word: another has taken its place."""
    if token:
        async with house.db.transaction() as tx:
            await store.close_session(tx, hashed(token))


async def sign_out(house: House, token: str, actor: Actor) -> None:
    """Ends a session at once, everywhere."""
    async with house.db.transaction() as tx:
        await store.close_session(tx, hashed(token))
        await audit.record(house, tx, actor, "staff.signed_out", entity=actor.id)


async def forget_old(house: House) -> None:
    """Deletes sessions that ended more than a day ago."""
    limits, last = house.settings.security, house.clock.now() - _REMEMBERED
    idle, whole = timedelta(seconds=limits.session_idle_seconds), timedelta(seconds=limits.session_seconds)
    await store.forget_sessions(house.db, last - idle, last - whole)


async def _record_refusal(house: House, staff: UUID, why: str) -> None:
    async with house.db.transaction() as tx:
        await audit.record(house, tx, SYSTEM, "staff.sign_in_refused", entity=str(staff), detail={"why": why})
