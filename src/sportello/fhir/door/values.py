"""The values of search parameters: commas, prefixes, precision (http://hl7.org/fhir/R4/search.html)."""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from sportello.fhir.extraction import span

PREFIXES = frozenset("eq ne gt lt ge le sa eb ap".split())
_COMMA = re.compile(r"(?<!\\),")
_BAR = re.compile(r"(?<!\\)\|")
_ESCAPED = re.compile(r"\\([\\,|$])")
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,2})?")


class Span(Struct, frozen=True):
    """A comparison with the instants of a date: from `start` up to, not including, `end`."""

    prefix: str
    start: datetime
    end: datetime


class Amount(Struct, frozen=True):
    """A comparison with a number, which stands for all that rounds to it: from `low` up to, not including, `high`."""

    prefix: str
    value: Decimal
    low: Decimal
    high: Decimal
    system: str = ""
    code: str = ""


class Token(Struct, frozen=True):
    """`code`, `system|code`, `|code` (`system` empty) or `system|` (`code` None)."""

    code: str | None
    system: str | None = None


def alternatives(text: str) -> list[str]:
    """The values between commas, still escaped; empty ones are left out."""
    return [part for part in _COMMA.split(text) if part.strip()]


def plain(text: str) -> str:
    """Without escapes."""
    return _ESCAPED.sub(r"\1", text)


def token(text: str) -> Token:
    """Raises ValueError for a bar alone."""
    parts = [plain(part) for part in _BAR.split(text)]
    if len(parts) == 1:
        return Token(parts[0])
    if len(parts) > 2 or not any(parts):
        raise ValueError(f"{text} is not a token: code, system|code, |code or system|")
    return Token(parts[1] or None, parts[0])


def date(text: str) -> Span:
    """A FHIR date of any precision behind an optional prefix; raises ValueError."""
    prefix, rest = _prefixed(text)
    # A plus sign that nobody escaped arrives as a space.
    found = span(_with_seconds(rest.replace(" ", "+")))
    if found is None:
        raise ValueError(f"{rest} is not a date: YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss+hh:mm")
    return Span(prefix, *found)


def _with_seconds(text: str) -> str:
    """Searches may leave out the seconds, and the zone, which is then taken as UTC."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?", text)
    return f"{match[1]}{match[2] or ':00'}{match[3] or 'Z'}" if match else text


def number(text: str) -> Amount:
    """A number behind an optional prefix; raises ValueError."""
    prefix, rest = _prefixed(text)
    if not _NUMBER.fullmatch(rest):
        raise ValueError(f"{rest} is not a number")
    try:
        value = Decimal(rest)
    except InvalidOperation as error:
        raise ValueError(f"{rest} is not a number") from error
    exponent = value.as_tuple().exponent
    half = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0) / 2
    if prefix == "ap":
        half = max(half, abs(value) / 10)
    return Amount(prefix, value, value - half, value + half)


def quantity(text: str) -> Amount:
    """`number`, `number|system|code` or `number||unit`; raises ValueError."""
    parts = [plain(part) for part in _BAR.split(text)]
    if len(parts) not in (1, 3):
        raise ValueError(f"{text} is not a quantity: number or number|system|code")
    one = number(parts[0])
    system, code = parts[1:] if len(parts) == 3 else ("", "")
    return Amount(one.prefix, one.value, one.low, one.high, system, code)


def _prefixed(text: str) -> tuple[str, str]:
    return (text[:2], text[2:]) if text[:2] in PREFIXES else ("eq", text)
