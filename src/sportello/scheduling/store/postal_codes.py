"""Where postal codes lie: the operator's table, then our own sites."""

from collections.abc import Collection, Sequence

from sportello.kit.database import Transaction
from sportello.scheduling.calendar import PostalCode

SHORTEST = 3  # letters of a code that still tell a region


async def replace(tx: Transaction, countries: Collection[str], codes: Sequence[PostalCode]) -> None:
    """These countries' codes instead of the ones they had."""
    await tx.execute("delete from scheduling.postal_code where country = any ($1::text[])", list(countries))
    await tx.execute(
        "insert into scheduling.postal_code (country, code, town, latitude, longitude)"
        " select * from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[])",
        [one.country for one in codes], [one.code for one in codes], [one.town for one in codes],
        [one.latitude for one in codes], [one.longitude for one in codes],
    )  # fmt: skip


async def position(tx: Transaction, code: str) -> tuple[float, float] | None:
    """Where a code lies, or the longest beginning of it that the table knows; our sites' countries come first."""
    row = await tx.fetchrow(
        "select latitude, longitude from scheduling.postal_code p where code = any ($1::text[])"
        " order by length(code) desc,"
        " not exists (select from scheduling.location l where l.active and l.country = p.country), country limit 1",
        [code[:length] for length in range(len(code), min(SHORTEST, len(code)) - 1, -1)],
    )
    return (row["latitude"], row["longitude"]) if row else None


async def position_of_town(tx: Transaction, town: str) -> tuple[float, float] | None:
    """The middle of a town's codes, in one country; our sites' countries come first."""
    row = await tx.fetchrow(
        "select avg(latitude) as latitude, avg(longitude) as longitude from scheduling.postal_code p"
        " where lower(town) = lower($1) group by country"
        " order by not exists (select from scheduling.location l where l.active and l.country = p.country), country"
        " limit 1",
        town,
    )
    return (row["latitude"], row["longitude"]) if row else None


async def middle_of_sites(tx: Transaction, code: str) -> tuple[float, float] | None:
    """The middle of our own sites that share a code."""
    row = await tx.fetchrow(
        "select avg(latitude) as latitude, avg(longitude) as longitude from scheduling.location"
        " where upper(regexp_replace(postal_code, '\\W', '', 'g')) = $1"
        " and latitude is not null and longitude is not null having count(*) > 0",
        code,
    )
    return (row["latitude"], row["longitude"]) if row else None
