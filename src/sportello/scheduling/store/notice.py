"""Every statement on the notice that types of appointment ask for."""

from sportello.kit.database import Transaction


async def held(tx: Transaction) -> dict[str, tuple[int, int]]:
    """Hours and working days by type of appointment."""
    rows = await tx.fetch("select id, notice_hours, notice_days from scheduling.service where active")
    return {row["id"]: (row["notice_hours"], row["notice_days"]) for row in rows}


async def saturday(tx: Transaction) -> bool:
    """Whether Saturday counts as a working day."""
    return bool(await tx.fetchval("select coalesce((select saturday from scheduling.terms), true)"))


async def keep(tx: Transaction, held: dict[str, tuple[int, int]], *, saturday: bool) -> None:
    """These from now on."""
    await tx.executemany(
        "update scheduling.service set notice_hours = $2, notice_days = $3 where id = $1",
        [(service, hours, days) for service, (hours, days) in held.items()],
    )
    await tx.execute(
        "insert into scheduling.terms (saturday) values ($1)"
        " on conflict (only_one) do update set saturday = excluded.saturday",
        saturday,
    )
