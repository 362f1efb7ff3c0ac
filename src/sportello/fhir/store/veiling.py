"""What a resource says of others that are hidden: a visit would name, by a reference's display or in its narrative, the
problem that it may not show.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sportello.fhir.plugging import Plugs
from sportello.fhir.store.relations import relation
from sportello.fhir.withholding import name_of, names_of, narrates, withheld
from sportello.kit.database import Database, Transaction


async def veiled(
    reader: Database | Transaction, bodies: Sequence[dict[str, Any]], hidden: Sequence[str], plugs: Plugs
) -> Sequence[dict[str, Any]]:
    """The resources without what they would tell of the hidden; where a reference leads stays, and leads nowhere."""
    return (await veiled_from(reader, bodies, hidden, plugs))[0] if hidden else bodies


async def veiled_from(
    reader: Database | Transaction, bodies: Sequence[dict[str, Any]], hidden: Sequence[str], plugs: Plugs
) -> tuple[list[dict[str, Any]], set[str]]:
    """The same, and which of the `Type/id` that they name are hidden."""
    named = {name for body in bodies for name in names_of(body)}
    kept = await concealed(reader, named, hidden, plugs) if named else set()
    told = {name for body in bodies if narrates(body) and (name := name_of(body))}
    by_hidden = await _mentioned(reader, told, hidden) if told else set()
    return [withheld(body, hidden, kept, mentioned=name_of(body) in by_hidden) for body in bodies], kept


async def _mentioned(reader: Database | Transaction, names: Iterable[str], hidden: Sequence[str]) -> set[str]:
    """Those of the `Type/id` to which something refers that may not be shown."""
    rows = await reader.fetch(
        """select name from unnest($1::text[]) name where exists (
            select from fhir.resource r where r.refs @> array[name]
            and array_append(r.tokens, '_type|*|' || r.type) && $2::text[])""",
        sorted(names), list(hidden),
    )  # fmt: skip
    return {row["name"] for row in rows}


async def concealed(
    reader: Database | Transaction, names: Iterable[str], hidden: Sequence[str], plugs: Plugs
) -> set[str]:
    """Those of the `Type/id` that are here and may not be shown."""
    pairs = [one.partition("/") for one in sorted(names)]
    found: set[str] = set()
    for kind in sorted({kind if kind in plugs else "" for kind, _, _ in pairs}):
        here = [one for one in pairs if one[0] == kind or (not kind and one[0] not in plugs)]
        source = "unnest($1::text[], $2::text[]) as w(type, id) join fhir.resource r using (type, id) where true"
        if kind:  # a view that is joined with a list would be made whole
            source = f"{relation(plugs, kind)} r where r.type = ($1::text[])[1] and r.id = any ($2::text[])"
        rows = await reader.fetch(
            f"""select r.type || '/' || r.id as name from {source}
              and array_append(r.tokens, '_type|*|' || r.type) && $3::text[]""",  # noqa: S608
            [one[0] for one in here], [one[2] for one in here], list(hidden),
        )  # fmt: skip
        found |= {row["name"] for row in rows}
    return found
