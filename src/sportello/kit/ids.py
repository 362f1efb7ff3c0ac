"""Names for things: time-ordered UUIDs (RFC 9562, version 7), short codes for people, secrets for machines."""

import secrets
import time
from uuid import UUID

_UNAMBIGUOUS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def uuid7() -> UUID:
    """A UUID whose first 48 bits are Unix milliseconds, so that index pages fill in order."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def as_uuid(text: str) -> UUID | None:
    """The UUID a stranger wrote in an address, or None when it is none: never an exception."""
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def as_number(text: str, most_digits: int = 18) -> int:
    """The number from 1 on that a stranger wrote in an address or a form, or 0 when it is none: never an exception."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most_digits else 0


def new_code(digits: int = 6) -> str:
    """A one-time code that can be read out on the phone: digits only."""
    return "".join(secrets.choice("0123456789") for _ in range(digits))


def new_reference(length: int = 8) -> str:
    """A reference that people copy by hand: no 0/O, 1/I/L."""
    return "".join(secrets.choice(_UNAMBIGUOUS) for _ in range(length))


def new_token() -> str:
    """A secret of 256 bits, safe in headers and cookies."""
    return secrets.token_urlsafe(32)
