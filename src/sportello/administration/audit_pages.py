"""The screen on which the audit trail is read; reading it is itself on record."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get
from msgspec import Meta, Struct

from sportello.administration import audit, store
from sportello.administration.actor import Actor
from sportello.administration.audit_details import Details
from sportello.administration.permissions import Permission, requires
from sportello.administration.words import ACTIONS
from sportello.kit.forms import convert
from sportello.kit.house import House

PAGE = 50


class Wanted(Struct):
    """What the filter asks for; `patient` is a FHIR id, `who` an account's id, `before` an event's number."""

    patient: str = ""
    who: str = ""
    day: date | None = None
    before: Annotated[int, Meta(ge=1, le=2**62)] | None = None


@get("/desk/audit", guards=[requires(Permission.AUDIT_READ)])
async def audit_page(house: House, request: Request[Any, Any, Any], actor: Actor) -> Response[Any]:
    """Who did what, newest first."""
    raw = {name: value.replace("\0", "").strip() for name, value in request.query_params.items()}
    wanted, errors = convert(raw, Wanted)
    wanted = wanted or Wanted()
    since, until = _span(wanted.day, house.settings.clinic.tz)
    asked = {"patient": wanted.patient or None, "actor": wanted.who or None, "since": since, "until": until}
    async with house.db.transaction() as tx:
        rows = await store.audit_search(tx, **asked, before=wanted.before, limit=PAGE + 1)  # type: ignore[arg-type]
        staff = await store.all_staff(tx)
        filtered = {"of": wanted.who, "day": str(wanted.day or ""), "before": wanted.before}
        await audit.record(house, tx, actor, "audit.read", patient=wanted.patient or None, detail=filtered)
    more = rows[PAGE - 1]["seq"] if len(rows) > PAGE else None
    return house.pages.render(
        request, "administration/audit.html", status=422 if errors else 200, here="/administration",
        rows=rows[:PAGE], more=more, raw=raw, errors=errors, staff=staff, words=ACTIONS,
        details=Details(actor.language, house.settings.clinic.tz, {str(p["id"]): p["name"] for p in staff}),
    )  # fmt: skip


def _span(day: date | None, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """A day of the clinic from midnight to midnight; it has 23 or 25 hours when the clocks change."""
    if day is None or day == date.max:
        return None, None
    first, last = (datetime(d.year, d.month, d.day, tzinfo=zone) for d in (day, day + timedelta(days=1)))
    return first.astimezone(UTC), last.astimezone(UTC)


ROUTES = [audit_page]
