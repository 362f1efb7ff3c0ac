"""Where a search's next page begins, as an opaque word bound to its search.

A cursor holds the sort keys and the id of the last resource, not a number of rows: what others add or take away between
two pages neither doubles nor hides what stays as it is. It opens nothing that the search does not, so it needs no
signature.
"""

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from sportello.fhir.door.outcomes import bad_parameter

_LONGEST = 4000


def write(search: str, keys: list[Any]) -> str:
    """The word for a place in a search (as `fingerprint` names it)."""
    return base64.urlsafe_b64encode(msgspec.json.encode([search, *keys])).decode().rstrip("=")


def read(search: str, word: str, keys: int) -> list[str | None]:
    """So many sort keys and the id; raises Refusal for a word of another search, or an invented one."""
    try:
        found = msgspec.json.decode(
            base64.urlsafe_b64decode(word[:_LONGEST] + "=" * (-len(word) % 4)), type=list[str | None]
        )
    except (ValueError, msgspec.DecodeError):
        found = []
    if len(found) != keys + 2 or found[0] != search or found[-1] is None or any("\x00" in (one or "") for one in found):
        raise bad_parameter("_cursor", "this page belongs to another search; begin anew")
    return found[1:]


def fingerprint(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """What makes a search the same: all but the page."""
    told = repr((path, sorted(pair for pair in pairs if pair[0] not in ("_cursor", "_format", "_pretty"))))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:32]
