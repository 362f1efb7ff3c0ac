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
    `Type/id`. `text` is already folded (see `extraction.folded`).
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


async def find_people(
    tx: Transaction, kind: str, words: Sequence[str], *, hidden: Sequence[str] = (), limit: int = 20
) -> list[dict[str, Any]]:
    """People whose names, identifiers, telephones or birth date contain every one of the folded words."""
    # The longest word is sought by the trigram index, which cannot serve LIKE ALL; the others sift what it found.
    longest, *others = sorted(words, key=len, reverse=True) or [""]
    rows = await tx.fetch(
        """
        select body from fhir.resource
        where type = $1
          and type in ('Patient', 'Practitioner', 'Organization', 'Location', 'HealthcareService')
          and text like $2
          and text like all ($3::text[])
          and not array_append(tokens, '_type|*|' || type) && $4::text[]
        order by text, id
        limit $5
        """,
        kind,
        containing(longest),
        [containing(word) for word in others],
        list(hidden),
        limit,
    )
    return [row["body"] for row in rows]


def containing(text: str) -> str:
    """The pattern of LIKE for a text inside a text; what is typed is never itself a pattern."""
    escaped = text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"
