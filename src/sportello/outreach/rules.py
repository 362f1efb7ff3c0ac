"""When a mail is tried again, and when it is given up; pure."""

from datetime import timedelta

# A mail server may be away over lunch or over night; after a day somebody must look.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (15, 60, 300, 1800, 3600, 4 * 3600, 8 * 3600, 12 * 3600))


def next_try(tries: int) -> timedelta | None:
    """How long after the failed try number `tries` (1 is the first) to try again; None when it is given up."""
    return PAUSES[tries - 1] if tries <= len(PAUSES) else None


def is_obsolete(kind: str, sequence: int, status: str, current: int) -> bool:
    """Whether a letter would tell the patient something that is no longer so."""
    return sequence != current or (status == "cancelled") != (kind == "cancelled")
