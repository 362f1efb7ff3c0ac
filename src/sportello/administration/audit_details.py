"""An event of the audit trail as it is read: what it is about and what was kept beside it, in the reader's language.

Words and codes of ours are said by their names, people by theirs, instants by the clinic's clock; all else is data.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from sportello.administration.detail_words import CODES, FIELDS, NAMES_OF, THINGS
from sportello.kit.i18n import N_, format_datetime, translate

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d\S*")
_NUMBERED = re.compile(r"_\d+$")
KINDS_OF_ACTORS: Mapping[str, str] = {
    "staff": N_("Staff"), "patient": N_("Patient"), "bot": N_("Automatic assistant"), "machine": N_("Another system"),
    "system": "Sportello",
}  # fmt: skip


class Details(Struct, frozen=True):
    """Who reads: their language, the clinic's zone, and the `names` of staff by their ids."""

    language: str
    zone: ZoneInfo
    names: Mapping[str, str]

    def who(self, row: Mapping[str, Any]) -> str:
        """Whoever acted, by name, or else what they are."""
        kind = str(row["actor_kind"])
        return str(row["actor_name"] or "") or self._word(KINDS_OF_ACTORS.get(kind, kind))

    def thing(self, entity: str | None) -> tuple[str, str]:
        """What an event is about: its word, or a person's name, and its id, either of which may be empty."""
        if not entity or entity in self.names:
            return self.names.get(entity or "", ""), ""
        kind, _, rest = entity.partition("/")
        return (self._word(THINGS[kind]), rest) if kind in THINGS else ("", entity)

    def told(self, action: str, detail: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Name and value of each thing that was kept; what was empty is left out."""
        return [
            (self._name(action, key), self._value(key, value))
            for key, value in detail.items()
            if value is not None and value not in ("", [], {})
        ]

    def _name(self, action: str, key: str) -> str:
        return self._word(NAMES_OF.get(f"{action} {key}") or NAMES_OF.get(key, key))

    def _value(self, key: str, value: Any) -> str:
        match value:
            case bool():
                return self._word(N_("Yes") if value else N_("No"))
            case list() if key in ("from", "to"):  # lower and upper levels
                return " / ".join(self._value(key, one) for one in value)
            case list():
                return ", ".join(self._value(key, one) for one in value)
            case dict() if key == "rows":
                return self._sums(value)
            case dict():
                return "; ".join(f"{self._field(name)}: {self._change(name, one)}" for name, one in value.items())
            case str():
                return self._text(key, value)
        return "–" if value is None else str(value)

    def _change(self, name: str, value: Any) -> str:
        """Of a field both values when both were kept, as the former and the present one."""
        if isinstance(value, dict):
            return ", ".join(f"{self._field(part)} {self._value(part, one)}" for part, one in value.items())
        if isinstance(value, list) and len(value) == 2:
            before, after = (self._value(name, one) or "–" for one in value)
            return f"{before} → {after}"
        return self._value(name, value)

    def _sums(self, rows: Mapping[str, Any]) -> str:
        """What went from the rooms, by kind: `room.kind` is how the rooms are told apart."""
        sums: dict[str, int] = {}
        for name, number in rows.items():
            kind = self._text("kinds", name.rpartition(".")[2])
            sums[kind] = sums.get(kind, 0) + int(number)
        return "; ".join(f"{kind}: {number}" for kind, number in sums.items())

    def _field(self, name: str) -> str:
        known = CODES["kinds"].get(name) or FIELDS.get(_NUMBERED.sub("", name)) or NAMES_OF.get(name, name)
        return self._word(known)

    def _text(self, key: str, value: str) -> str:
        if key == "changed":
            return self._field(value)
        if word := CODES.get(key, {}).get(value):
            return self._word(word)
        if _INSTANT.fullmatch(value):
            try:
                return format_datetime(datetime.fromisoformat(value), self.language, self.zone)
            except ValueError:
                return value
        return self.names.get(value, value)

    def _word(self, message: str) -> str:
        return translate(self.language, message)
