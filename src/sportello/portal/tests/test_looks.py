"""A patient reads who looked at their data, when and why, and nothing about anybody else."""

import httpx

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.testing import staff_member
from sportello.fhir import store as fhir
from sportello.kit.house import House
from sportello.portal import signing_in
from sportello.record import reading, unlocking

WHY = "Reazione grave in corso"


async def test_the_patient_reads_who_looked_and_why(house: House, client: httpx.AsyncClient) -> None:
    assert (await client.get("/portal/looks")).status_code in (303, 401)
    elena, paolo = await staff_member(house), await staff_member(house, "care_coordinator")
    async with house.db.transaction() as tx:
        for one in ("giulia", "marco"):
            await fhir.put(tx, {"resourceType": "Patient", "id": one, "name": [{"family": one.title()}]})
        await signing_in.open_account(house, tx, "giulia.ferri", "246810", "giulia")
    for one in ("header", "timeline"):
        async with house.db.transaction() as tx:
            await audit.record(house, tx, elena, "patient.read", patient="giulia", entity=one)
    async with house.db.transaction() as tx:
        laboratory = Actor("machine", "lab", "Laboratorio")
        await audit.record(house, tx, laboratory, "patient.read", patient="giulia", entity="timeline")
        await unlocking.break_glass(house, tx, elena, "giulia", WHY)
        await reading.timeline(house, tx, elena, "giulia")
        await reading.timeline(house, tx, paolo, "marco")
    token = await signing_in.sign_in(house, "giulia.ferri", "246810", "")
    assert token
    client.cookies.set(signing_in.COOKIE, token)
    page = (await client.get("/portal/looks")).text
    assert page.count("Elena Conti") == 2  # one sitting without a reason, one with
    assert WHY in page
    assert page.count("nei limiti di quanto gli è consentito") == page.count("Laboratorio") == 1, (
        "a machine has no role"
    )
    assert "Parti sensibili aperte in emergenza" in page
    assert "La Sua cronologia clinica" in page
    assert "Paolo Serra" not in page
    assert "/portal/looks" in (await client.get("/portal")).text
    for odd in ("0", "x", "-1", "9" * 30, "²"):
        assert (await client.get("/portal/looks", params={"before": odd})).status_code == 200
