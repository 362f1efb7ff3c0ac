"""Taking a patient's resources out of the store with all their versions; that they were here is kept, so that the door
goes on saying so (410).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sportello.kit.database import Transaction

_THEIRS = """
select type, id from fhir.resource where patient = $1
union select 'Patient', $1
union select type, id from fhir.history where body #>> '{subject,reference}' = 'Patient/' || $1
    or body #>> '{patient,reference}' = 'Patient/' || $1
"""


async def bodies_of(tx: Transaction, patient: str) -> list[dict[str, Any]]:
    """The Patient in every version there is, newest first."""
    rows = await tx.fetch(
        """select version, body from fhir.resource where type = 'Patient' and id = $1
        union all select version, body from fhir.history where type = 'Patient' and id = $1 order by version desc""",
        patient,
    )
    return [row["body"] for row in rows]


async def survivor_of(tx: Transaction, patient: str) -> str:
    """The Patient in whose place this one goes on: itself, unless it was merged."""
    found = await tx.fetchval(
        """with recursive way (id, steps) as (
            select $1::text, 0
            union
            select split_part(l #>> '{other,reference}', '/', 2), steps + 1
            from way join fhir.resource r on r.type = 'Patient' and r.id = way.id,
                jsonb_path_query(r.body, '$.link[*] ? (@.type == "replaced-by")') l
            where steps < 9 and l #>> '{other,reference}' like 'Patient/%'
        )
        select way.id from way where exists (select from fhir.resource r where r.type = 'Patient' and r.id = way.id)
        order by steps desc limit 1""",
        patient,
    )
    return str(found or patient)


async def merged_into(tx: Transaction, patient: str) -> list[str]:
    """Patients that say that this one goes on in their place."""
    rows = await tx.fetch(
        """select id from fhir.resource where type = 'Patient' and refs @> array['Patient/' || $1]
          and jsonb_path_exists(body, '$.link[*] ? (@.type == "replaced-by" && @.other.reference == $p)',
                                jsonb_build_object('p', 'Patient/' || $1)) order by id""",
        patient,
    )
    return [row["id"] for row in rows]


async def counts(tx: Transaction, patient: str) -> list[tuple[str, int, datetime | None]]:
    """How many of each type, with the latest change; then versions of before, and others' resources that name them."""
    rows = await tx.fetch(
        """select type, count(*) as n, max(updated) as latest from fhir.resource
        where patient = $1 group by 1 order by 1""",
        patient,
    )
    found = [(row["type"], row["n"], row["latest"]) for row in rows]
    versions = await tx.fetchval(
        f"""with theirs as ({_THEIRS}) select count(*) from fhir.history join theirs using (type, id)""",  # noqa: S608
        patient,
    )
    naming = await tx.fetchval(
        "select count(*) from fhir.resource where refs @> array['Patient/' || $1] and patient is distinct from $1",
        patient,
    )
    return [*found, ("history", versions, None), ("references", naming, None)]


async def erase(tx: Transaction, patient: str, at: datetime) -> int:
    """Resources, versions, and the files (Binary) that only they point to."""
    await tx.execute("select set_config('fhir.erasing', 'yes', true)")
    binaries = await tx.fetch(
        """select distinct split_part(u #>> '{}', '/', 2) as id
        from fhir.resource r, jsonb_path_query(r.body, '$.**.url ? (@ starts with "Binary/")') u
        where r.patient = $1
          and not exists (select from fhir.resource o where o.patient is distinct from r.patient
              and jsonb_path_exists(o.body, '$.**.url ? (@ == $u)', jsonb_build_object('u', u)))""",
        patient,
    )
    await tx.execute(
        f"""insert into fhir.erased (type, id, at)
        select type, id, $2::timestamptz from ({_THEIRS}) t
        union select 'Binary', b, $2::timestamptz from unnest($3::text[]) b
        on conflict do nothing""",  # noqa: S608
        patient, at, [row["id"] for row in binaries],
    )  # fmt: skip
    done = await tx.execute("delete from fhir.resource r using fhir.erased e where (r.type, r.id) = (e.type, e.id)")
    await tx.execute("delete from fhir.history h using fhir.erased e where (h.type, h.id) = (e.type, e.id)")
    await tx.execute("delete from fhir.intake_refusal where patient = $1", patient)
    return int(done.rpartition(" ")[2])


async def naming(tx: Transaction, patient: str) -> list[Any]:
    """What others' resources say of the patient, in every version: version null for how it stands."""
    return await tx.fetch(
        """select type, id, null::int as version, body from fhir.resource where refs @> array['Patient/' || $1]
        union all
        select h.type, h.id, h.version, h.body from fhir.history h
        where jsonb_path_exists(h.body, '$.**.reference ? (@ == $p)', jsonb_build_object('p', 'Patient/' || $1))""",
        patient,
    )


async def rewrite(tx: Transaction, rows: Sequence[tuple[str, str, int | None, dict[str, Any]]]) -> None:
    """Other bodies in place of these, as if they had never been different: no version tells of it."""
    await tx.execute("select set_config('fhir.erasing', 'yes', true)")
    for kind, name, version, body in rows:
        table = "resource" if version is None else "history"
        await tx.execute(
            f"update fhir.{table} set body = $4 where type = $1 and id = $2 and ($3::int is null or version = $3)",  # noqa: S608
            kind, name, version, body,
        )  # fmt: skip
