"""Intakes of a running server: a piece a job, so that a server that dies leaves the rest to the next one."""

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.fhir.intake import running
from sportello.fhir.intake.running import Belt
from sportello.fhir.store import intakes
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.jobs import job
from sportello.kit.streams.store import UNREACHABLE

log = structlog.get_logger("fhir")
KEPT = timedelta(days=90)  # reports of intakes: they name patients
ELSEWHERE = "elsewhere"  # why an intake stopped: its files lie on another server
_UPLOADS = "uploads"


class Belts(dict[UUID, Belt]):
    """The intakes under way in this process."""


def folder(house: House) -> Path:
    """Where an operator lays files that an administrator then takes in."""
    return house.settings.data.resolve() / "import"


def laid(house: House) -> list[str]:
    """The names of what lies there."""
    place = folder(house)
    return sorted(one.name for one in place.iterdir() if one.name != _UPLOADS) if place.is_dir() else []


def uploads(house: House, intake: UUID) -> Path:
    """Where a browser's files wait until they are taken in."""
    return folder(house) / _UPLOADS / str(intake)


async def begin(house: House, tx: Transaction, by: Actor, intake: UUID, places: list[str], *, uploaded: bool) -> None:
    """Orders the intake and promises its first piece; ordered twice it runs once."""
    if await intakes.read(tx, intake):
        return
    await intakes.forget(tx, house.clock.now() - KEPT)
    await running.begin(house, tx, by, places, uploaded=uploaded, intake=intake)
    await audit.record(house, tx, by, "record.import_begun", entity=str(intake))
    await _promise(house, tx, intake)


async def stop(house: House, tx: Transaction, by: Actor, intake: UUID) -> None:
    """After the piece that is being written nothing more comes in, until it goes on."""
    one = await intakes.hold(tx, intake)
    if one and one.state == "running":
        await intakes.set_state(tx, intake, "stopped")
        await audit.record(house, tx, by, "record.import_stopped", entity=str(intake))


async def go_on(house: House, tx: Transaction, by: Actor, intake: UUID) -> None:
    one = await intakes.hold(tx, intake)
    if one and one.state == "stopped":
        await intakes.set_state(tx, intake, "running")
        await audit.record(house, tx, by, "record.import_begun", entity=str(intake))
        await _promise(house, tx, intake)


async def _promise(house: House, tx: Transaction, intake: UUID) -> None:
    await house.jobs.enqueue(tx, "fhir.take_in", {"intake": str(intake)}, dedupe_key=f"fhir.intake:{intake}")


@job("fhir.take_in")
async def take_in(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """One piece, then the promise of the next. What fails otherwise than by its resources stops the intake, and so does
    a server that a browser's files did not come to: on it they would all be told as unreadable.
    """
    intake = UUID(payload["intake"])
    known = await intakes.read(tx, intake)
    if known and known.uploaded and not uploads(house, intake).is_dir():
        if known.state == "running":
            await intakes.set_state(tx, intake, "stopped", ELSEWHERE)
        return
    belts: Belts = house.ports.setdefault(Belts, Belts())
    belt = belts.setdefault(intake, Belt(house, intake))
    try:
        async with tx.connection.transaction():
            goes_on = await belt.step(tx)
    except (asyncio.CancelledError, *UNREACHABLE):
        belts.pop(intake, belt).close()
        raise
    except Exception as error:
        belts.pop(intake, belt).close()
        log.warning("an intake stopped", intake=str(intake), error=type(error).__name__)
        await intakes.set_state(tx, intake, "stopped", type(error).__name__)
        return
    if goes_on:
        await _promise(house, tx, intake)
        return
    belts.pop(intake, belt).close()
    one = await intakes.read(tx, intake)
    if one and one.uploaded and one.state == "done":
        tx.after_commit(lambda: shutil.rmtree(uploads(house, intake), ignore_errors=True))
