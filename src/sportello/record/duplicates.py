"""Who may be the same person: one fiscal code, one name and birth date, or one telephone. Warns, never judges."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from sportello.fhir.extraction import indexed_token
from sportello.fhir.folding import digits, folded
from sportello.kit.database import Transaction
from sportello.kit.i18n import N_
from sportello.record.concepts import many, string
from sportello.record.header import fiscal_code
from sportello.record.people import name_parts
from sportello.record.ports import MergeableRecord, Resource
from sportello.record.uniting import replaced_by

SAME_CODE, SAME_BIRTH, SAME_PHONE = N_("same fiscal code"), N_("same name and birth date"), N_("same telephone")
_MOST = 60


class Likeness(Struct, frozen=True):
    """Two records that may be one person's, and why: message ids, the weightiest first."""

    patient: Resource
    why: tuple[str, ...]


class _Marks(Struct, frozen=True):
    """What two people seldom have in common."""

    code: str
    born: str
    names: set[frozenset[str]]
    phones: set[str]


def _marks(patient: Resource) -> _Marks:
    code, born = fiscal_code(patient) or "", string(patient.get("birthDate")) or ""
    return _Marks(code.upper(), born, _name(patient), set(_phones(patient)))


def alike(one: Resource, other: Resource) -> tuple[str, ...]:
    """What two records have in common that two people seldom have."""
    return _common(_marks(one), _marks(other))


def _common(one: _Marks, other: _Marks) -> tuple[str, ...]:
    found = []
    if one.code and one.code == other.code:
        found.append(SAME_CODE)
    if one.born and one.born == other.born and one.names & other.names:
        found.append(SAME_BIRTH)
    if one.phones & other.phones:
        found.append(SAME_PHONE)
    return tuple(found)


async def duplicates(tx: Transaction, record: Any, patients: Sequence[Resource]) -> dict[str, list[Likeness]]:
    """For each patient those who may be the same person; nobody where the record cannot be asked."""
    record = record.present()
    if not patients or not isinstance(record, MergeableRecord):
        return {}
    wanted = {pair for one in patients for pair in _wanted(one)}
    near = await record.sharing(tx, sorted(wanted), _MOST) if wanted else []
    others = [(other, _marks(other)) for other in near if not replaced_by(other)]
    found: dict[str, list[Likeness]] = {}
    for one in patients:
        mine = _marks(one)
        for other, marks in others:
            if one["id"] != other["id"] and (why := _common(mine, marks)):
                found.setdefault(one["id"], []).append(Likeness(other, why))
        found.get(one["id"], []).sort(key=lambda like: -len(like.why))
    return found


def _wanted(patient: Resource) -> Iterable[tuple[str, str]]:
    """Tokens of the index, each with a word that a name must have too; many are born on one day."""
    if code := fiscal_code(patient):
        yield from ((indexed_token("identifier", spelt), "") for spelt in (code, code.upper()))
    if born := string(patient.get("birthDate")):
        yield from (
            (indexed_token("birthdate", born), max(name, key=lambda word: (len(word), word))) for name in _name(patient)
        )
    for number in _phones(patient):
        yield from ((indexed_token("phone", spelt), "") for spelt in (number, f"0039{number}"))


def _phones(patient: Resource) -> list[str]:
    """Numbers as they are dialled at home, whether or not they are written with Italy's code."""
    written = [digits(one.get("value")) for one in many(patient.get("telecom")) if one.get("system") == "phone"]
    return [one.removeprefix("0039") for one in written if len(one) >= 6]


def _name(patient: Resource) -> set[frozenset[str]]:
    """Names without accents, case or order; also the one shown alone."""
    shown = " ".join(name_parts(patient))
    texts = [shown, *(_text(one) for one in many(patient.get("name")))]
    return {frozenset(words) for text in texts if len(words := folded(text).split()) > 1}


def _text(name: Resource) -> str:
    given = name.get("given")
    parts = [*(given if isinstance(given, list) else []), name.get("family") or name.get("text")]
    return " ".join(one for one in parts if isinstance(one, str))
