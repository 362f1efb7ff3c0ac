"""Passwords as argon2id hashes (RFC 9106), computed in threads so that a sign-in never stalls the event loop."""

import asyncio
import unicodedata
from functools import cache
from weakref import WeakKeyDictionary

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200  # characters; length rather than rules (NIST SP 800-63B)
_hasher = PasswordHasher()
# 64 MiB a hash: two at a time keep both memory and the other requests safe. One semaphore for each event loop.
_AT_ONCE = 2
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


def _turn() -> asyncio.Semaphore:
    return _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE))


def _plain(password: str) -> str:
    """The same characters from every keyboard (NIST SP 800-63B, 5.1.1.2: normalise before hashing)."""
    return unicodedata.normalize("NFKC", password)


async def hash_password(password: str) -> str:
    """The hash to keep; its parameters travel within it."""
    async with _turn():
        return await asyncio.to_thread(_hasher.hash, _plain(password))


async def check_password(kept: str | None, password: str) -> bool:
    """Whether the password fits the hash; takes as long when there is none, so that logins cannot be guessed."""
    if len(password) > LONGEST:
        return False
    async with _turn():
        return await asyncio.to_thread(_check, kept, password)


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobody() -> str:
    return _hasher.hash("nobody")


def _check(kept: str | None, password: str) -> bool:
    try:
        return _hasher.verify(kept or _nobody(), _plain(password)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False
