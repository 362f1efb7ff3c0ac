"""A merged record's old id leads other systems to the survivor."""

from datetime import timedelta
from typing import Any

import httpx

from sportello.administration import machines
from sportello.administration.testing import staff_member
from sportello.kit.house import House
from sportello.record.tests.cast import GIULIA
from sportello.record.tests.test_merging import TWIN, both, merge


async def test_at_the_door_the_old_id_leads_to_the_survivor(house: House, client: httpx.AsyncClient) -> None:
    await both(house)
    paolo = await staff_member(house, "care_coordinator")
    await merge(house, paolo)
    async with house.db.transaction() as tx:
        token = await machines.issue(house, tx, paolo, "fhir", ["system/*.rs"], "Region", timedelta(days=1))
    headers = {"Authorization": f"Bearer {token}"}

    async def asked(path: str) -> Any:
        answer = await client.get(f"/fhir/R4/{path}", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    old = await asked(f"Patient/{TWIN}")
    assert old["link"][0] == {"other": {"reference": f"Patient/{GIULIA}"}, "type": "replaced-by"}
    for path in (
        f"Condition?patient={TWIN}", f"Condition?subject=Patient/{TWIN}", f"Patient/{TWIN}/Condition",
        f"Patient/{TWIN}/$everything?_type=Condition",
    ):  # fmt: skip
        found = [one["resource"]["id"] for one in (await asked(path))["entry"]]
        assert sorted(found) == ["asma", "fibrillazione"], path
