"""Lets the administrator put the clinical record on the hospital's own server; until then nothing leaves the house."""

import asyncio
from datetime import timedelta
from typing import Any

import structlog

from sportello.adapters.remote_fhir import pages, signing, store
from sportello.adapters.remote_fhir.choosing import ChosenRecord
from sportello.adapters.remote_fhir.link import Links
from sportello.adapters.remote_fhir.terms import terms_of
from sportello.kit.house import House
from sportello.kit.security.sealing import keeps_secrets
from sportello.kit.traces import where
from sportello.record.ports import ClinicalRecord
from sportello.web.site_map import site_map

ROUTES: list[Any] = pages.ROUTES
SWEEP = 600.0  # seconds between looks for copies that are kept no longer
log = structlog.get_logger("remote_fhir")


def install(house: House) -> None:
    """Stands before the record that was wired."""
    site_map(house).add(pages.PLACE)
    keeps_secrets(house, signing.renew)
    house.ports[Links] = Links(house)
    house.ports[ClinicalRecord] = ChosenRecord(house, house.port(ClinicalRecord))


async def start(house: House) -> None:
    """Copies are given up after their time."""
    house.tasks.start(_sweep(house), name="copies of the hospital's record")


async def forget_old(house: House) -> None:
    """Gives up copies that are older than they may be."""
    terms = await terms_of(house)
    oldest = house.clock.now() - timedelta(hours=terms.keep)
    await house.db.run(lambda tx: store.forget(tx, oldest))


async def _sweep(house: House) -> None:
    while True:
        await asyncio.sleep(SWEEP)
        try:
            await forget_old(house)
        except Exception as error:
            log.warning("old copies could not be given up yet", error=where(error))
