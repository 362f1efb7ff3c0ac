"""What a resource says of others that are hidden: a visit would name, by a reference's display, the problem that it may
not show.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sportello.fhir.plugging import Plugs
from sportello.fhir.references import local_target, worded, wordless
from sportello.fhir.store.relations import relation
from sportello.kit.database import Database, Transaction


async def veiled(
    reader: Database | Transaction, bodies: Sequence[dict[str, Any]], hidden: Sequence[str], plugs: Plugs
) -> Sequence[dict[str, Any]]:
    """The resources, their references to what is hidden without words; where they lead stays, and leads nowhere."""
    if not hidden:
        return bodies
    named = {name for body in bodies for one in worded(body) if (name := local_target(one["reference"]))}
    kept = await concealed(reader, named, hidden, plugs) if named else set()
    return [wordless(body, kept) for body in bodies] if kept else bodies


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
