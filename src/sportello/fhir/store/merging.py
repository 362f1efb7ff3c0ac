"""What merging two patients asks of the store: who shares a token, what names a patient, how resources once were."""

from collections.abc import Iterable, Sequence
from typing import Any

from sportello.fhir.store.finding import decoded
from sportello.kit.database import Transaction


async def sharing(tx: Transaction, kind: str, wanted: Sequence[tuple[str, str]], limit: int) -> list[dict[str, Any]]:
    """Resources of a type, not out of use, that carry one of the tokens and, in their text, the word beside it."""
    # Each token is looked up by itself, and nothing beside it: of an overlap of a hundred, and of a type with a limit,
    # the planner expects so much that it reads the type instead of the index of tokens.
    rows = await tx.fetch(
        """
        select distinct on (found.id) found.body
        from unnest($2::text[], $3::text[]) as wanted (token, word), lateral (
            select type, id, text, tokens, body from fhir.resource where tokens @> array[wanted.token] offset 0
        ) found
        where found.type = $1 and strpos(found.text, wanted.word) > 0 and not found.tokens && array['active|*|false']
        order by found.id limit $4
        """,
        kind, [token for token, _ in wanted], [word for _, word in wanted], limit,
    )  # fmt: skip
    return [row["body"] for row in rows]


async def naming(tx: Transaction, kind: str, logical_id: str) -> list[tuple[dict[str, Any], int]]:
    """Everything that refers to a resource, with its version, held until the transaction ends."""
    rows = await tx.fetch(
        """select body::text, version from fhir.resource where refs @> array[$1]
        order by type collate "C", id collate "C" for update""",
        f"{kind}/{logical_id}",
    )
    return [(decoded(row["body"]), row["version"]) for row in rows]


async def survivors(tx: Transaction, patients: Iterable[str]) -> dict[str, str]:
    """Of these patients those that were merged, each with the id of who stands for them."""
    rows = await tx.fetch(
        """
        with recursive led (patient, now, far) as (
            select id, id, 0 from fhir.resource where type = 'Patient' and id = any($1::text[])
            union all
            select led.patient, split_part(link #>> '{other,reference}', '/', 2), far + 1
            from led join fhir.resource r on r.type = 'Patient' and r.id = led.now,
                 jsonb_path_query(r.body, 'lax $.link[*] ? (@.type == "replaced-by")') link
            where far < 8 and link #>> '{other,reference}' like 'Patient/%'
        )
        select distinct on (patient) patient, now from led where far > 0 order by patient, far desc
        """,
        sorted(set(patients)),
    )
    return {row["patient"]: row["now"] for row in rows}


async def size(tx: Transaction, patient: str) -> int:
    """How many resources a patient's compartment holds beside the patient."""
    number: int = await tx.fetchval(
        "select count(*) from fhir.resource where patient = $1 and type <> 'Patient'", patient
    )
    return number


async def versions_of(tx: Transaction, names: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The versions of those resources that there are, by `Type/id`."""
    rows = await tx.fetch(
        """select type || '/' || id as name, version from fhir.resource
        join unnest($1::text[], $2::text[]) w(type, id) using (type, id)""",
        [kind for kind, _ in names], [name for _, name in names],
    )  # fmt: skip
    return {row["name"]: row["version"] for row in rows}


async def as_they_were(
    tx: Transaction, wanted: Sequence[tuple[str, str, int]]
) -> dict[tuple[str, str, int], dict[str, Any]]:
    """Resources as a version of theirs said."""
    rows = await tx.fetch(
        """
        with wanted as (select * from unnest($1::text[], $2::text[], $3::integer[]) w(type, id, version))
        select type, id, version, body::text from fhir.resource join wanted using (type, id, version)
        union all
        select type, id, version, body::text from fhir.history join wanted using (type, id, version)
        """,
        [kind for kind, _, _ in wanted], [name for _, name, _ in wanted], [version for _, _, version in wanted],
    )  # fmt: skip
    return {(row["type"], row["id"], row["version"]): decoded(row["body"]) for row in rows}
