"""The screen where files are taken in: sent or named, watched, stopped, and told what of them was refused."""

import asyncio
import re
from pathlib import Path
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Stream

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.fhir.intake import reporting, serving
from sportello.fhir.intake.sources import ENDINGS
from sportello.fhir.store import intakes
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_uuid, uuid7
from sportello.web.site_map import RUN, Place

PLACE = Place(
    "imports", N_("Taking in records"), "plus", ("/desk/imports",), RUN, (Permission.IMPORT_RUN,),
    N_("FHIR bundles NDJSON import files"),
)  # fmt: skip
MOST = 2 * 1024**3
NOTHING = N_("Choose files from your computer, or tick some that lie on the server.")
WRONG_KIND = N_("%(name)s is no file of this kind: expected one of %(endings)s.")
_MAY = [requires(Permission.IMPORT_RUN)]
_SHOWN, _LISTED, _BLOCK = 100, 30, 1 << 20
Asking = Request[Any, Any, Any]


@get("/desk/imports", guards=_MAY)
async def page(request: Asking, house: House) -> Response[str]:
    """What was taken in lately, and a form for more."""
    return await _page(request, house)


@post("/desk/imports", guards=_MAY, request_max_body_size=MOST)
async def begin_door(request: Asking, house: House, actor: Actor) -> Response[Any]:
    """Keeps what was sent and begins; the page's own id makes of a double click one intake."""
    form = await request.form()
    intake = as_uuid(str(form.get("id", ""))) or uuid7()
    sent = [one for one in form.getall("files", []) if isinstance(one, UploadFile) and one.filename]
    named = [str(one) for one in form.getall("named", [])]
    on_server = [str(serving.folder(house) / name) for name in serving.laid(house) if name in named]
    if wrong := next((one.filename for one in sent if not one.filename.lower().endswith(ENDINGS)), None):
        return await _page(request, house, WRONG_KIND, {"name": wrong, "endings": ", ".join(ENDINGS)})
    if not sent and not on_server:
        return await _page(request, house, NOTHING)
    kept = [await _keep(one, serving.uploads(house, intake), number) for number, one in enumerate(sent, 1)]
    await house.db.run(
        lambda tx: serving.begin(house, tx, actor, intake, [*kept, *on_server], uploaded=bool(kept))
    )  # fmt: skip
    return Redirect(f"/desk/imports/{intake}", status_code=303)


async def _keep(sent: UploadFile, place: Path, number: int) -> str:
    """A browser's file on disk, under a name that cannot lead anywhere else."""
    name = re.sub(r"[^\w.-]", "_", Path(sent.filename.replace("\\", "/")).name)[-120:]
    file = place / f"{number}-{name}"
    await asyncio.to_thread(place.mkdir, parents=True, exist_ok=True)
    with await asyncio.to_thread(file.open, "wb") as out:
        while block := await sent.read(_BLOCK):
            await asyncio.to_thread(out.write, block)
    return str(file)


@get("/desk/imports/{intake:str}", guards=_MAY)
async def one_page(request: Asking, house: House, intake: str) -> Response[str]:
    """One intake: how far it is, its files, the first of what was refused."""
    return await _one(request, house, intake, "fhir/intake.html")


@get("/desk/imports/{intake:str}/progress", guards=_MAY)
async def progress_part(request: Asking, house: House, intake: str) -> Response[str]:
    """The part that is loaded again while it runs."""
    return await _one(request, house, intake, "fhir/_intake.html")


@get("/desk/imports/{intake:str}/report.csv", guards=_MAY)
async def report_door(house: House, actor: Actor, intake: str) -> Stream:
    """All that was refused, for a spreadsheet."""
    known = _known(intake)
    if await intakes.read(house.db, known) is None:
        raise NotFoundException
    headers = {"content-disposition": f'attachment; filename="import-{known}.csv"', "cache-control": "no-store"}
    return Stream(reporting.as_csv(house.db, known, actor.language), media_type="text/csv", headers=headers)


@post("/desk/imports/{intake:str}/stop", guards=_MAY)
async def stop_door(house: House, actor: Actor, intake: str) -> Redirect:
    known = _known(intake)
    await house.db.run(lambda tx: serving.stop(house, tx, actor, known))
    return Redirect(f"/desk/imports/{known}", status_code=303)


@post("/desk/imports/{intake:str}/resume", guards=_MAY)
async def resume_door(house: House, actor: Actor, intake: str) -> Redirect:
    known = _known(intake)
    await house.db.run(lambda tx: serving.go_on(house, tx, actor, known))
    return Redirect(f"/desk/imports/{known}", status_code=303)


def _known(text: str) -> UUID:
    known = as_uuid(text)
    if known is None:
        raise NotFoundException
    return known


async def _page(request: Asking, house: House, error: str = "", params: dict[str, str] | None = None) -> Response[str]:
    return house.pages.render(
        request, "fhir/intakes.html", status=422 if error else 200, intakes=await intakes.latest(house.db, _LISTED),
        laid=serving.laid(house), folder=str(serving.folder(house)), error=error, params=params or {}, id=str(uuid7()),
        endings=",".join(ENDINGS),
    )  # fmt: skip


async def _one(request: Asking, house: House, intake: str, template: str) -> Response[str]:
    one = await intakes.read(house.db, _known(intake))
    if one is None:
        raise NotFoundException
    files = await intakes.files(house.db, one.id)
    language = str(request.scope["state"]["language"])
    refused = [row async for row in reporting.rows(house.db, one.id, language, _SHOWN)]
    size = sum(file.size for file in files)
    passed = sum(file.size if file.done else file.passed for file in files)
    sums = {name: sum(getattr(file, name) for file in files) for name in intakes.COUNTS}
    ended = one.ended_at or house.clock.now()
    count = sum(sums[name] for name in intakes.COUNTS[:4])
    seconds = max(1.0, (ended - one.began_at).total_seconds())
    return house.pages.render(
        request, template, one=one, files=files, refused=refused, sums=sums, count=count, rate=count / seconds,
        percent=100 if one.state == "done" else min(99, passed * 100 // size) if size else 0,
        most=_SHOWN,
    )  # fmt: skip


ROUTES: list[Any] = [page, begin_door, one_page, progress_part, report_door, stop_door, resume_door]
