"""Files of FHIR that others made, in and out again: equal to the last digit, but for what the store says of itself.

They lie in a folder outside of the project (`SPORTELLO_FHIR_FILES`, else `shared/data` beside the checkout).
"""

import os
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from sportello.fhir.bundles import entries
from sportello.fhir.files import found
from sportello.fhir.importing import Refused, import_bundle
from sportello.fhir.references import conditional, rewritten
from sportello.kit.house import House
from tests.peers.running import ROOT

FILES = Path(os.environ.get("SPORTELLO_FHIR_FILES", ROOT.parent / "shared" / "data"))
# Their items lack linkId, which R4 requires: an example of what is wrong.
REFUSED = {"examplescenario-questionnaire.json"}
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


def _without_meta(resource: dict[str, Any]) -> dict[str, Any]:
    """Without version and time, which are the store's; `meta` itself goes when nothing else was in it."""
    meta = {name: value for name, value in resource.get("meta", {}).items() if name not in ("versionId", "lastUpdated")}
    rest = {name: value for name, value in resource.items() if name != "meta"}
    return rest | ({"meta": meta} if meta else {})


@pytest.mark.skipif(not FILES.is_dir(), reason="no files of FHIR beside the checkout")
async def test_every_file_comes_out_as_it_went_in(
    house: House, client: httpx.AsyncClient, token: Callable[..., Awaitable[str]]
) -> None:
    wanted: dict[str, dict[str, Any]] = {}
    refused = set()
    for file in found([FILES]):
        content = _decode(file.read_bytes())
        try:
            async with house.db.transaction() as tx:
                await import_bundle(tx, content)
        except Refused:
            refused.add(file.name)
            continue
        listed, _ = entries(content)
        names = {one.url: f"{one.type}/{one.id}" for one in listed if one.url}
        wanted |= {f"{one.type}/{one.id}": rewritten(one.resource, names.get) for one in listed}
    assert refused == REFUSED
    assert len(wanted) > 3000
    told = {"authorization": f"Bearer {await token('*', 'patient.read_sensitive')}"}
    for kind in sorted({name.partition("/")[0] for name in wanted}):
        address = f"/fhir/R4/{kind}?_count=1000&_total=none"
        while address:
            page = _decode((await client.get(address, headers=told)).content)
            for one in page.get("entry", []):
                resource = one["resource"]
                expected = wanted.pop(f"{kind}/{resource['id']}", None)
                assert expected is not None, f"{kind}/{resource['id']}: nobody put it in"
                assert _without_meta(resource) == _without_meta(_met(expected, resource)), f"{kind}/{resource['id']}"
            address = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
    assert not wanted, "these did not come out"


def _met(expected: dict[str, Any], there: dict[str, Any]) -> dict[str, Any]:
    """Conditional references (`Practitioner?identifier=...`) may have been led to their only match."""
    pairs: dict[str, str] = {}

    def walk(wanted: Any, got: Any) -> None:
        if isinstance(wanted, dict) and isinstance(got, dict):
            reference = wanted.get("reference")
            if isinstance(reference, str) and (query := conditional(reference)):
                assert got["reference"] == reference or got["reference"].startswith(f"{query[0]}/")
                pairs[reference] = got["reference"]
            for name in wanted.keys() & got.keys():
                walk(wanted[name], got[name])
        elif isinstance(wanted, list) and isinstance(got, list):
            for one, other in zip(wanted, got, strict=False):
                walk(one, other)

    walk(expected, there)
    result: dict[str, Any] = rewritten(expected, pairs.get)
    return result
