"""Plugs administration in: who a request comes from, signing in, staff and audit screens."""

import asyncio
from typing import Any

import structlog
from litestar.di import Provide

from sportello.administration import (
    accounts,
    audit_pages,
    job_pages,
    keeping,
    resuming,
    role_pages,
    sessions,
    sign_in,
    staff_line,
    staff_pages,
)
from sportello.administration.actor import provide_actor
from sportello.administration.identifying import forgery_guard, identify
from sportello.administration.permissions import PasswordNeeded, Permission, SignInNeeded
from sportello.administration.privacy import copying, retention_pages  # noqa: F401  the jobs of copies
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.web.site_map import Place, site_map

log = structlog.get_logger("administration")
_EVERY = 3600.0  # seconds

ROUTES: list[Any] = [
    *sign_in.ROUTES,
    *staff_pages.ROUTES,
    *role_pages.ROUTES,
    *audit_pages.ROUTES,
    *job_pages.ROUTES,
    *retention_pages.ROUTES,
]
DEPENDENCIES: dict[str, Any] = {"actor": Provide(provide_actor, sync_to_thread=False)}
OPTIONS: dict[str, Any] = {
    "middleware": [identify],
    "guards": [forgery_guard],
    "exception_handlers": {
        SignInNeeded: resuming.on_sign_in_needed,
        PasswordNeeded: resuming.on_password_needed,
    },
}


def install(house: House) -> None:
    """Staff may hold a line; the screens stand on the site map."""
    keeping.hold(house)
    site_map(house).add(
        retention_pages.PLACE,
        Place("staff", N_("Staff"), "people", ("/desk/staff",), permissions=(Permission.STAFF_MANAGE,)),
        Place("roles", N_("Roles"), "lock", ("/desk/roles",), permissions=(Permission.STAFF_MANAGE,)),
        Place("audit", N_("Audit trail"), "eye", ("/desk/audit",), permissions=(Permission.AUDIT_READ,)),
        Place("jobs", N_("Failed jobs"), "warning", ("/desk/jobs",), permissions=(Permission.JOB_READ,)),
    )
    house.streams.authenticator(staff_line.listener)


async def start(house: House) -> None:
    """A fresh database gets its roles; old sessions are forgotten from time to time."""
    await house.db.run(accounts.ensure_roles)
    house.tasks.start(_forget_sessions(house), "administration.forget_sessions")


async def _forget_sessions(house: House) -> None:
    while True:
        try:
            await sessions.forget_old(house)
        except Exception as error:
            log.warning("old sessions not forgotten yet", error=type(error).__name__)
        await asyncio.sleep(_EVERY)
