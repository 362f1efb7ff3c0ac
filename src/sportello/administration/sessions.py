"""Sign-in and sign-out: checks, delays that cannot lock anybody out for long, and the session that follows.

Tries are counted per login and address together, so that a stranger's wrong tries elsewhere delay nobody for more
than their own address; an address that tries many logins is slowed as a whole.
"""

from hashlib import sha256
from typing import NamedTuple

from sportello.administration import audit, store
from sportello.administration.actor import Actor
from sportello.administration.identifying import token_hash
from sportello.kit.house import House
from sportello.kit.ids import new_token
from sportello.kit.security.passwords import check_password
from sportello.kit.security.rate import Rate

PER_LOGIN = Rate(5, 60)
PER_ADDRESS = Rate(60, 60)


class TooManyTries(Exception):
    """Wait `seconds` before the next try."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


class Opened(NamedTuple):
    """A new session: its secret for the cookie, its forgery token, and whose it is."""

    token: str
    csrf: str
    actor: Actor


async def sign_in(house: House, login: str, password: str, address: str) -> Opened | None:
    """A session, or None when login or password is wrong (which of them is not told)."""
    key = sha256(f"{login.lower()}\0{address}".encode()).hexdigest()
    if (seconds := max(PER_LOGIN.wait(key), PER_ADDRESS.wait(address))) > 0:
        raise TooManyTries(seconds)
    login = login.lower().strip()
    async with house.db.transaction() as tx:
        row = await store.staff_by_login(tx, login) if len(login) <= 100 else None
    right = await check_password(row["password_hash"] if row else None, password)
    if row is None or not right or not row["active"]:
        return None
    PER_LOGIN.forget(key)
    return await open_session(house, row["id"])


async def open_session(house: House, staff: object) -> Opened:
    """A session for a staff member whose identity is proved."""
    from uuid import UUID

    token, csrf = new_token(), new_token()
    async with house.db.transaction() as tx:
        row = await store.staff_by_id(tx, UUID(str(staff)))
        permissions = await store.permissions_of(tx, row["role"])
        actor = Actor(
            kind="staff", id=str(row["id"]), name=row["name"], language=row["language"], role=row["role"],
            permissions=frozenset(permissions),
        )  # fmt: skip
        await store.open_session(tx, token_hash(token), row["id"], csrf, house.clock.now())
        await audit.record(house, tx, actor, "staff.signed_in")
    return Opened(token, csrf, actor)


async def sign_out(house: House, token: str, actor: Actor) -> None:
    """Ends a session at once, everywhere."""
    async with house.db.transaction() as tx:
        await store.close_session(tx, token_hash(token))
        await audit.record(house, tx, actor, "staff.signed_out")
