"""The rows of tables that rooms have declared: counted, read and erased. The only statements that are put together from
a room's own words on its tables, so that each room need not write the same three again.
"""

from typing import Any

from sportello.administration.privacy.holdings import Subject, Sum, Table
from sportello.kit.database import Transaction


def _where(table: Table, subject: Subject) -> tuple[str, list[Any]]:
    parts, values = [], list[Any]()
    for column, key in table.by.items():
        if wanted := subject.keys(key):
            values.append(wanted)
            given, found = f"${len(values)}::text[]", f"lower({column}::text)"
            within = f"exists (select from unnest({given}) w where position(lower(w) in {found}) > 0)"
            parts.append(within if key == "address" else f"{column}::text = any({given})")
    return " or ".join(parts) or "false", values


async def count(tx: Transaction, table: Table, subject: Subject) -> Sum:
    where, values = _where(table, subject)
    latest = f"max({table.at})" if table.at else "null::timestamptz"
    row = await tx.fetchrow(f"select count(*) as n, {latest} as latest from {table.name} where {where}", *values)  # noqa: S608
    return Sum(table.name, row["n"], row["latest"])


async def read(tx: Transaction, table: Table, subject: Subject) -> list[Any]:
    """The rows for the patient's copy, oldest first."""
    where, values = _where(table, subject)
    order = f" order by {table.at}" if table.at else ""
    return await tx.fetch(f"select {', '.join(table.shown)} from {table.name} where {where}{order}", *values)  # noqa: S608


async def erase(tx: Transaction, table: Table, subject: Subject) -> int:
    """Takes the rows away, or empties what tells of a person in them."""
    where, values = _where(table, subject)
    if table.emptied is None:
        done = await tx.execute(f"delete from {table.name} where {where}", *values)  # noqa: S608
    elif table.emptied:
        given = ", ".join(f"{column} = ${len(values) + n}" for n, column in enumerate(table.emptied, 1))
        statement = f"update {table.name} set {given} where {where}"  # noqa: S608
        done = await tx.execute(statement, *values, *table.emptied.values())
    else:
        return 0
    return int(done.rpartition(" ")[2])
