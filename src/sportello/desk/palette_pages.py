"""The palette's door; a POST, for what is typed may be a patient's name."""

from typing import Any

from litestar import Request, Response, post
from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import signed_in
from sportello.conversations import store as talks
from sportello.desk import composing, palette, views
from sportello.desk.palette import Asked
from sportello.kit.database import Transaction
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.ids import as_uuid


class Sought(Struct):
    """What was typed; `only` is "tabs" when "+" asks; `session` is where it was asked."""

    q: str = ""
    only: str = ""
    session: str = ""


@post("/desk/palette", status_code=200, guards=[signed_in])
async def find(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """What the palette finds."""
    form, _, _ = await read_form(request, Sought)
    form = form or Sought()

    async def work(tx: Transaction) -> list[Any]:
        asked = await _asked(tx, actor, form)
        sessions = [] if asked.tabs_only else await composing.session_items(house, tx, actor)
        places = views.choices(house, actor.language, actor.permissions, asked.patient, asked.conversation)
        groups = palette.known(actor, asked, sessions, places)
        return groups + await palette.sought(house, tx, actor, asked)

    groups = await house.db.run(work)
    return house.pages.render(request, "desk/_palette.html", groups=groups)


async def _asked(tx: Transaction, actor: Actor, form: Sought) -> Asked:
    """A conversation counts only when it is the person's own: its patient's places are offered with it."""
    session = as_uuid(form.session)
    talk = await talks.get(tx, session) if session else None
    mine = talk is not None and str(talk.agent) == actor.id
    return Asked(
        sought=form.q[:100],
        tabs_only=form.only == "tabs",
        conversation=str(talk.id) if talk and mine else None,
        patient=talk.patient_id if talk and mine else None,
    )


ROUTES: list[Any] = [find]
