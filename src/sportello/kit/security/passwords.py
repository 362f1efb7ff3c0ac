"""Passwords as argon2id hashes (RFC 9106), computed in threads so that a sign-in never stalls the event loop."""

import asyncio
import unicodedata
from functools import cache
from weakref import WeakKeyDictionary

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST, MOST = 12, 1000
_hasher = PasswordHasher()
# 64 MiB a hash: two at a time keep both memory and the other requests safe. One semaphore for each event loop.
_AT_ONCE = 2
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
# Checked for unknown logins, so that the time of an answer does not tell which logins exist.
_NOBODY = _hasher.hash("nobody has this password")


def _turn() -> asyncio.Semaphore:
    return _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE))


def _plain(password: str) -> str:
    """The same characters for every keyboard (NIST SP 800-63B, 5.1.1.2: normalise before hashing)."""
    return unicodedata.normalize("NFKC", password)


async def hash_password(password: str) -> str:
    """The hash to keep; parameters travel within it."""
    async with _turn():
        return await asyncio.to_thread(_hasher.hash, _plain(password))


async def check_password(kept: str | None, password: str) -> bool:
    """Whether the password fits the hash; takes as long when there is none."""
    if len(password) > MOST:
        return False
    async with _turn():
        return await asyncio.to_thread(_check, kept, password)


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobody() -> str:
    """A hash of nobody's password: an unknown login costs as much time as a wrong password."""
    return _hasher.hash("nobody")


def _check(kept: str | None, password: str) -> bool:
    try:
        return _hasher.verify(kept or _NOBODY, _plain(password)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False
