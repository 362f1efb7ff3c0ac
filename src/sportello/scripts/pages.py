"""Where agents come in: the script beside a conversation, its steps, and sending an article."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Response

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.conversations import reading
from sportello.conversations.refusals import NoSuchConversation, NotPossible
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import as_uuid, uuid7
from sportello.scripts import running, sending
from sportello.scripts.intents import Intent
from sportello.scripts.view import script_view

_RUNS = [requires(Permission.SCRIPT_RUN)]
Answer = Response[Any]


@get("/desk/conversations/{conversation:uuid}/script", guards=_RUNS)
async def script_part(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID) -> Answer:
    """The script offered or chosen, with how far its steps are."""
    return await _shown(request, house, actor, conversation)


@post("/desk/conversations/{conversation:uuid}/script", status_code=200, guards=_RUNS)
async def switch_script(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID) -> Answer:
    """Follows the script `slug` from now on."""
    form = await request.form()

    async def work(tx: Transaction) -> None:
        await running.switch(house, tx, actor, conversation, str(form.get("slug") or ""))

    return await _acted(request, house, actor, conversation, work, switched=True)


@post("/desk/conversations/{conversation:uuid}/script/steps/{step:str}/done", status_code=200, guards=_RUNS)
async def mark_step(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID, step: str
) -> Answer:
    """Marks a step of `script` as done, failed or open (`outcome`)."""
    form = await request.form()
    script, outcome = str(form.get("script") or ""), str(form.get("outcome") or "done")

    async def work(tx: Transaction) -> None:
        await running.mark(house, tx, actor, conversation, script, step, outcome)

    return await _acted(request, house, actor, conversation, work, step=step)


@post("/desk/conversations/{conversation:uuid}/script/steps/{step:str}/run", status_code=200, guards=_RUNS)
async def run_step(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID, step: str
) -> Answer:
    """Runs the macro of a step of `script`."""
    form = await request.form()
    script, once = str(form.get("script") or ""), str(form.get("once") or "")

    async def work(tx: Transaction) -> Intent:
        return await running.run(house, tx, actor, conversation, script, step, once)

    return await _acted(request, house, actor, conversation, work, step=step)


@post(
    "/desk/conversations/{conversation:uuid}/articles/{slug:str}",
    status_code=200,
    guards=[requires(Permission.KNOWLEDGE_SEND)],
)
async def send(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID, slug: str) -> Answer:
    """Sends an approved article to the patient; the answer stands where the button was."""
    form = await request.form()
    language, once = str(form.get("language") or ""), as_uuid(str(form.get("once") or ""))

    async def work(tx: Transaction) -> None:
        await sending.send_article(house, tx, actor, conversation, slug, language, once)

    try:
        await house.db.run(work)
    except NoSuchConversation as missing:
        raise NotFoundException from missing
    except NotPossible as refusal:
        return house.pages.render(request, "scripts/sent.html", refused=refusal.message)
    return house.pages.render(request, "scripts/sent.html", refused="")


async def _acted(
    request: Request[Any, Any, Any],
    house: House,
    actor: Actor,
    conversation: UUID,
    work: Callable[[Transaction], Awaitable[Intent | None]],
    step: str = "",
    switched: bool = False,
) -> Answer:
    """Does the work, then shows the script as it stands; a refusal is said in it, nothing of the work stays."""
    try:
        intent = await house.db.run(work) or Intent()
    except NoSuchConversation as missing:
        raise NotFoundException from missing
    except NotPossible as refusal:
        intent = Intent(failed=refusal.message)
    shown = await _shown(request, house, actor, conversation, intent, step, switched)
    shown.headers.update(intent.headers())
    return shown


async def _shown(
    request: Request[Any, Any, Any],
    house: House,
    actor: Actor,
    conversation: UUID,
    intent: Intent | None = None,
    step: str = "",
    switched: bool = False,
) -> Answer:
    async with house.db.transaction() as tx:
        talk = await reading.opened(house, tx, actor, conversation)
        if talk is None:
            raise NotFoundException
        view = await script_view(house, tx, actor, talk)
    part = request.headers.get("hx-request") == "true"
    file = "scripts/script.html" if part else "scripts/page.html"
    return house.pages.render(
        request, file, view=view, intent=intent or Intent(), ran=step, switched=switched, once=uuid7()
    )


ROUTES = [script_part, switch_script, mark_step, run_step, send]
