"""What belongs to one patient: all of some types, and the timeline's page with encounters as its spine."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from sportello.fhir.store.resources import HERE
from sportello.fhir.store.search import containing
from sportello.kit.database import Transaction

# Items without a date stand at the end of the timeline.
UNDATED = "0001-01-02 00:00+00"


class Sought(Struct, frozen=True):
    """Which of a patient's resources are asked for; `words` are folded, `hidden` are tokens never shown."""

    facets: Sequence[str]
    words: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    hidden: Sequence[str] = ()


class Place(Struct, frozen=True):
    """A place on the spine: an encounter or an item without one. Serves as the cursor of the page."""

    at: datetime
    type: str
    id: str


async def of_patient(
    tx: Transaction,
    patient: str,
    types: Sequence[str],
    *,
    hidden: Sequence[str] = (),
    limit: int = 500,
    relation: str = HERE,
) -> list[dict[str, Any]]:
    """A patient's resources of these types, newest first, without those entered in error."""
    rows = await tx.fetch(
        f"""
        select body from {relation}
        where patient = $1 and type = any($2::text[]) and status is distinct from 'entered-in-error'
          and not array_append(tokens, '_type|*|' || type) && $3::text[]
        order by at desc nulls last, id
        limit $4
        """,  # noqa: S608 - a table's name
        patient,
        list(types),
        list(hidden),
        limit,
    )
    return [row["body"] for row in rows]


async def last_before(
    tx: Transaction, patient: str, kind: str, moment: datetime, *, hidden: Sequence[str] = (), relation: str = HERE
) -> dict[str, Any] | None:
    """The latest resource of a type that began before a moment and was not cancelled."""
    body: dict[str, Any] | None = await tx.fetchval(
        f"""
        select body from {relation}
        where patient = $1 and type = $2 and at <= $3 and not array_append(tokens, '_type|*|' || type) && $4::text[]
          and (status is null or status <> all('{{entered-in-error,cancelled,planned}}'))
        order by at desc limit 1
        """,  # noqa: S608 - a table's name
        patient,
        kind,
        moment,
        list(hidden),
    )
    return body


async def spine(
    tx: Transaction, patient: str, sought: Sought, *, before: Place | None, limit: int, relation: str = HERE
) -> list[Place]:
    """The next places before a cursor, newest first: of every item that fits, its encounter or the item itself.

    An encounter that is not here, is another patient's or is hidden does not take its items with it.
    """
    rows = await tx.fetch(
        f"""
        with kept as materialized (
            select type, id, at, encounter, facet, case when cardinality($4::text[]) > 0 then text end as text
            from {relation}
            where patient = $1 and status is distinct from 'entered-in-error'
              and (cardinality($3::text[]) = 0 or not array_append(tokens, '_type|*|' || type) && $3)
        ),
        item as (
            select type, id, coalesce(at, '{UNDATED}') as at, encounter from kept
            where facet = any($2::text[]) and (cardinality($4::text[]) = 0 or text like all ($4))
              and ($5::timestamptz is null or at >= $5) and ($6::timestamptz is null or at < $6)
        ),
        visit as (select id, coalesce(at, '{UNDATED}') as at from kept where type = 'Encounter'),
        place as (
            select distinct coalesce(v.at, i.at) as at,
                   case when v.id is null then i.type else 'Encounter' end as type, coalesce(v.id, i.id) as id
            from item i left join visit v on v.id = i.encounter
        )
        select at, type, id from place
        where $7::timestamptz is null or (at, type, id) < ($7, $8::text, $9::text)
        order by at desc, type desc, id desc
        limit $10
        """,  # noqa: S608 - the insertions are the constant above and a table's name
        patient,
        list(sought.facets),
        list(sought.hidden),
        [containing(word) for word in sought.words],
        sought.since,
        sought.until,
        before.at if before else None,
        before.type if before else None,
        before.id if before else None,
        limit,
    )
    return [Place(row["at"], row["type"], row["id"]) for row in rows]


async def page(
    tx: Transaction, patient: str, sought: Sought, places: Sequence[Place], relation: str = HERE
) -> list[tuple[dict[str, Any], bool]]:
    """The resources of these places and what is folded into them, each with whether it has the words sought."""
    rows = await tx.fetch(
        f"""
        with place as (select * from unnest($2::text[], $3::text[]) as p(type, id))
        select body, cardinality($4::text[]) = 0 or text like all ($4) as matches, at from {relation} r
        join place p using (type, id)
        where patient = $1
        union all
        select body, cardinality($4::text[]) = 0 or text like all ($4), at from {relation} r
        where patient = $1 and encounter = any($5::text[]) and facet = any($6::text[])
          and status is distinct from 'entered-in-error' and not array_append(tokens, '_type|*|' || type) && $7::text[]
          and ($8::timestamptz is null or at >= $8) and ($9::timestamptz is null or at < $9)
        order by at desc nulls last
        """,  # noqa: S608 - a table's name
        patient,
        [place.type for place in places],
        [place.id for place in places],
        [containing(word) for word in sought.words],
        [place.id for place in places if place.type == "Encounter"],
        list(sought.facets),
        list(sought.hidden),
        sought.since,
        sought.until,
    )
    return [(row["body"], row["matches"]) for row in rows]
