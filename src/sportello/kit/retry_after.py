"""How long an outside system asks to be left alone: `Retry-After` in seconds, or as a date."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_DAY = 86_400.0  # seconds; nobody means more


def pause_of(said: str | None, now: datetime) -> float | None:
    """Seconds from now, at most a day; None when nothing that can be read was said."""
    said = (said or "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said[:9]), _DAY)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), _DAY)
