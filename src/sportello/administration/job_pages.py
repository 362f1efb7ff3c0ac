"""The screen of jobs that were given up: what failed, how often, and the way to try it again."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.response import Redirect

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House


@get("/desk/jobs", guards=[requires(Permission.JOB_READ)])
async def jobs_page(house: House, request: Request[Any, Any, Any]) -> Response[Any]:
    """Jobs started too often, the latest first; their payloads are not shown, for they may name patients."""
    return house.pages.render(request, "administration/jobs.html", jobs=await house.jobs.dead())


@post("/desk/jobs/{job_id:uuid}", guards=[requires(Permission.JOB_READ)])
async def revive_door(house: House, actor: Actor, job_id: UUID) -> Redirect:
    """Gives a job its starts back; one that is gone, or waits already under its key, stays as it is."""

    async def work(tx: Transaction) -> None:
        if await house.jobs.revive(tx, job_id):
            await audit.record(house, tx, actor, "job.revived", entity=str(job_id))

    await house.db.run(work)
    return Redirect("/desk/jobs", status_code=303)


ROUTES = [jobs_page, revive_door]
