"""Finding resources by token, reference, patient and text."""

from collections.abc import Sequence
from typing import Any

from sportello.kit.database import Transaction

_MOST = 1000


async def search(
    tx: Transaction,
    kind: str,
    *,
    patient: str | None = None,
    token: str | Sequence[str] | None = None,
    ref: str | None = None,
    text: str | None = None,
    limit: int = 200,
) -> list[dict[str, Any]]:
    """Resources of a type, newest first. Every condition given must hold.

    `token` is `parameter|system|code`, or `parameter|*|code` for any system; several mean all of them. `ref` is
    `Type/id`. `text` is already folded (see `folding.folded`).
    """
    tokens = [token] if isinstance(token, str) else list(token or ())
    rows = await tx.fetch(
        """
        select body from fhir.resource
        where type = $1
          and ($2::text is null or patient = $2)
          and (cardinality($3::text[]) = 0 or tokens @> $3)
          and ($4::text is null or refs @> array[$4])
          and ($5::text is null or text like $5)
        order by at desc nulls last, id
        limit $6
        """,
        kind,
        patient,
        tokens,
        ref,
        None if text is None else containing(text),
        min(limit, _MOST),
    )
    return [row["body"] for row in rows]


async def by_token(tx: Transaction, kind: str, token: str) -> list[str]:
    """The ids of at most two resources that carry the token: enough to know none, one or several."""
    rows = await tx.fetch(
        "select id from fhir.resource where type = $1 and tokens @> array[$2] order by id limit 2", kind, token
    )
    return [row["id"] for row in rows]


_PEOPLE = """
    from fhir.resource
    where type = $1
      and type in ('Patient', 'Practitioner', 'Organization', 'Location', 'HealthcareService')
      and not array_append(tokens, '_type|*|' || type) && $2::text[]
"""
_SIFTED = 400


async def find_people(
    tx: Transaction, kind: str, words: Sequence[str], *, hidden: Sequence[str] = (), limit: int = 20
) -> list[dict[str, Any]]:
    """People whose names, identifiers, telephones or birth date contain every one of the folded words.

    With one word those whose text, and so whose family name, begins with it come first. Where more than 400 fit, the
    others are some of them: so many are not read to find one, and another word is typed.
    """
    found: dict[str, dict[str, Any]] = {}
    if len(words) == 1:
        rows = await tx.fetch(
            f"select id, body {_PEOPLE} and text like $3 order by text using ~<~, id limit $4",
            kind, list(hidden), beginning(words[0]), limit,
        )  # fmt: skip
        found = {row["id"]: row["body"] for row in rows}
    if len(found) < limit and not (found and len(words[0]) < 3):  # two letters have no trigram: the table would be read
        # Each word by itself, for the trigram index serves LIKE and not LIKE ALL.
        held = "".join(f" and text like ${place}" for place in range(3, len(words) + 3))
        rows = await tx.fetch(
            f"with sifted as materialized (select id, text, body {_PEOPLE}{held} limit {_SIFTED})"  # noqa: S608
            f" select id, body from sifted order by text, id limit ${len(words) + 3}",
            kind, list(hidden), *map(containing, words), limit,
        )  # fmt: skip
        found |= {row["id"]: row["body"] for row in rows if row["id"] not in found}
    return list(found.values())[:limit]


def beginning(text: str) -> str:
    """The pattern of LIKE for what begins with a text."""
    return containing(text)[1:]


def containing(text: str) -> str:
    """The pattern of LIKE for a text inside a text; what is typed is never itself a pattern."""
    escaped = text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"
