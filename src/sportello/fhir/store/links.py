"""Whether references are checked for their targets, and whether the targets are here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from sportello.fhir.store.finding import Limits, several
from sportello.kit.database import Transaction


class Reader(Protocol):
    """The database or a transaction: something to read from."""

    async def fetchval(self, sql: str, *args: object) -> Any: ...


async def link_check(reader: Reader) -> str:
    """`exists` or `off`, which is the default: what other systems send often points to what is still to come."""
    return str(await reader.fetchval("select link_check from fhir.door_rule") or "off")


async def set_link_check(tx: Transaction, how: str, now: datetime) -> None:
    await tx.execute(
        """insert into fhir.door_rule (link_check, changed_at) values ($1, $2)
        on conflict (one) do update set link_check = $1, changed_at = $2""",
        how, now,
    )  # fmt: skip


async def present(tx: Transaction, references: Sequence[str], limits: Limits) -> set[str]:
    """Those of the `Type/id` that are here for whoever is under these limits, wherever a room keeps them."""
    pairs = [one.partition("/") for one in references]
    kept = [(kind, name) for kind, _, name in pairs if kind not in limits.plugs]
    rows = await tx.fetch(
        """select r.type || '/' || r.id as reference from unnest($1::text[], $2::text[]) as w(type, id)
        join fhir.resource r using (type, id) where not array_append(r.tokens, '_type|*|' || r.type) && $3::text[]""",
        [kind for kind, _ in kept], [name for _, name in kept], list(limits.hidden),
    )  # fmt: skip
    plugged = [f"{kind}/{name}" for kind, _, name in pairs if kind in limits.plugs]
    found = await several(tx, plugged, limits) if plugged else []
    return {row["reference"] for row in rows} | {f"{one.kind}/{one.id}" for one in found}
