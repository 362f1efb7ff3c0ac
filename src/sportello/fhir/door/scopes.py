"""What a token may do at the door, in SMART's words (http://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html).

`system/Observation.rs`, and of version 1 `.read`, `.write`, `.*`; `*` alone is everything but what is sensitive, for
which the word `patient.read_sensitive` stands beside. `user/*.rs` is a person's: such a token asks in the name of a
member of staff and reaches as far as both its scopes and that person's role.
"""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from sportello.fhir.r4 import TYPES

_SCOPE = re.compile(r"(system|user)/(\*|[A-Z][A-Za-z]+)\.(\*|read|write|c?r?u?d?s?)")
_FIRST = {"read": "rs", "write": "cud", "*": "cruds"}
SENSITIVE = "patient.read_sensitive"


class Rights(Struct, frozen=True):
    """Letters of c(reate) r(ead) u(pdate) d(elete) s(earch), by type; under `*` those for all types. `withheld` are the
    types that a person's role is not shown: other resources do not tell of them either.
    """

    letters: dict[str, frozenset[str]]
    sensitive: bool = False
    person: bool = False
    withheld: frozenset[str] = frozenset()

    def may(self, kind: str, letter: str) -> bool:
        """Whether a type may be read, searched, written so."""
        return letter in self.letters.get(kind, frozenset()) or letter in self.letters.get("*", frozenset())


def well_formed(scope: str) -> bool:
    """Whether a word means anything at this door."""
    match = _SCOPE.fullmatch(scope)
    return scope in ("*", SENSITIVE) or bool(match and match[3] and (match[2] == "*" or match[2] in TYPES))


def rights(scopes: Iterable[str], whose: str = "system") -> Rights:
    """What the scopes of a system, or of a `user`, allow together; words that mean nothing allow nothing."""
    found: dict[str, set[str]] = {}
    given = set(scopes)
    for scope in given:
        if scope == "*" and whose == "system":
            found.setdefault("*", set()).update("cruds")
        elif (match := _SCOPE.fullmatch(scope)) and match[1] == whose:
            found.setdefault(match[2], set()).update(_FIRST.get(match[3], match[3]))
    return Rights({kind: frozenset(letters) for kind, letters in found.items()}, SENSITIVE in given)


def within(asked: Rights, reach: Mapping[str, str], *, sensitive: bool) -> Rights:
    """Of a user's scopes what the person may do themselves: `reach` has the letters of each type."""
    letters = {
        kind: frozenset(one for one in own if asked.may(kind, one)) for kind, own in reach.items() if kind in TYPES
    }
    return Rights(letters, asked.sensitive and sensitive, person=True, withheld=TYPES - reach.keys())


def narrowed(wanted: Iterable[str], allowed: Iterable[str]) -> list[str]:
    """Of the scopes asked for those that the allowed ones cover, each cut down to the letters that they do."""
    known = set(allowed)
    most = rights(known)
    found = []
    for scope in dict.fromkeys(wanted):
        if scope in known:
            found.append(scope)
        elif match := _SCOPE.fullmatch(scope):
            letters = _FIRST.get(match[3], match[3])
            kept = "".join(letter for letter in "cruds" if letter in letters and most.may(match[2], letter))
            found += [f"{match[1]}/{match[2]}.{kept}"] if kept else []
    return found
