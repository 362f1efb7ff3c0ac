"""How a patient signs in to the portal: a login and a code from the hospital, a session in a cookie."""

from datetime import timedelta
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from sportello.administration.actor import Actor, Identified
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import new_token
from sportello.kit.language import COOKIE as LANGUAGE_COOKIE
from sportello.kit.security.csrf import token_for
from sportello.kit.security.passwords import check_password, hash_password
from sportello.kit.security.rate_limit import limits_of
from sportello.kit.security.tokens import hashed
from sportello.portal import store
from sportello.portal.store import Account, Session

COOKIE = "sportello_patient"
LASTS = timedelta(hours=8)
# A code is short: few tries from one place, and few in all, so that it cannot be guessed; waiting ends by itself.
_TRIES_HERE, _SECONDS_HERE = 5, 600.0
_TRIES_ANYWHERE, _SECONDS_ANYWHERE = 30, 3600.0

Connection = ASGIConnection[Any, Any, Any, Any]


class TooManyTries(Exception):
    """Wait `seconds` before the next attempt."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


async def open_account(
    house: House, tx: Transaction, login: str, code: str, patient_id: str, language: str = "it"
) -> bool:
    """A way in for a patient of the record; False when the login exists already."""
    code_hash = await hash_password(code)
    return await store.put_account(tx, login.lower(), code_hash, patient_id, language, house.clock.now())


async def sign_in(house: House, login: str, code: str, address: str) -> str | None:
    """The session's token, or None when login or code is wrong; which of them is not told."""
    login = login.strip().lower()[:100]
    limits, now = limits_of(house), house.clock.now()
    here, anywhere = ("portal", login, address), ("portal", login)
    wait = max(
        limits.wait(here, _TRIES_HERE, _SECONDS_HERE, now),
        limits.wait(anywhere, _TRIES_ANYWHERE, _SECONDS_ANYWHERE, now),
    )
    if wait:
        raise TooManyTries(wait)
    found = await store.account(house.db, login)
    if not await check_password(found.code_hash if found else None, code.strip()) or found is None:
        return None
    limits.forget(here)
    return await open_session(house, found)


async def open_session(house: House, account: Account) -> str:
    """A session for a patient whose identity is proved; its secret is kept as a hash only."""
    token, now = new_token(), house.clock.now()
    async with house.db.transaction() as tx:
        await store.add_session(tx, hashed(token), account, now, now + LASTS)
    return token


async def enter(house: House, login: str) -> str | None:
    """A session without a code: for a demo, whose visitors may be anybody."""
    found = await store.account(house.db, login)
    return await open_session(house, found) if found else None


async def session_of(house: House, connection: Connection) -> Session | None:
    """The patient's session of a request's cookie."""
    token = connection.cookies.get(COOKIE, "")
    if not 20 < len(token) < 100:
        return None
    return await store.session(house.db, hashed(token), house.clock.now())


async def sign_out(house: House, token: str) -> None:
    """Ends the session on the server."""
    async with house.db.transaction() as tx:
        await store.end_session(tx, hashed(token))


def cookie(house: House, token: str) -> Cookie:
    """Out of reach of scripts and of other sites' posts; without a token it takes the cookie away."""
    secure = house.settings.server.public_url.startswith("https://")
    age = int(LASTS.total_seconds()) if token else 0
    return Cookie(key=COOKIE, value=token, path="/", max_age=age, httponly=True, samesite="lax", secure=secure)


def actor(session: Session, language: str = "") -> Actor:
    """The patient as somebody who acts."""
    return Actor(kind="patient", id=session.patient_id, name="", language=language or session.language)


async def identify(house: House, connection: Connection) -> Identified | None:
    """For the middleware that finds out who a request comes from; what the person chose on the page goes first."""
    session = await session_of(house, connection)
    if session is None:
        return None
    chosen = connection.cookies.get(LANGUAGE_COOKIE, "")
    language = chosen if chosen in house.settings.clinic.languages else session.language
    return Identified(actor(session, language), token_for(connection.cookies[COOKIE]))
