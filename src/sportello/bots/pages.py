"""Screens on which the assistant's files are read, written, looked at, tried, approved, published and taken back."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.bots import authoring, spoken
from sportello.bots.authoring import Findings, Refused
from sportello.bots.embedded import EmbeddedBot
from sportello.bots.flag_trial import Trial, attempt
from sportello.bots.graph import draw
from sportello.bots.library import hash_of, parse
from sportello.bots.ports import BotPort
from sportello.bots.red_flags import read as read_flags
from sportello.bots.store import editions
from sportello.bots.store.editions import Edition
from sportello.bots.trying import MOST_TURNS, play
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_uuid
from sportello.kit.language import language_of
from sportello.knowledge.reading import today
from sportello.web.site_map import RUN, Place

AT = "/desk/assistant"
PLACE = Place(
    "assistant", N_("Assistant"), "bot", (AT,), RUN, (Permission.SUPERVISE, Permission.SETTINGS_CHANGE),
    N_("bot chatbot scenarios red flags YAML approve publish"),
)  # fmt: skip
GUARDS = [requires(Permission.SUPERVISE, Permission.SETTINGS_CHANGE)]
STATES = {
    "draft": N_("Draft"), "approved": N_("Approved, not published"), "published": N_("Published"),
    "retired": N_("Earlier edition"), "shipped": N_("As shipped"),
}  # fmt: skip
KINDS = {
    "say": N_("says"), "ask": N_("asks"), "answer": N_("quotes an article"), "escalate": N_("to a person"),
    "end": N_("ends"), "switch": N_("changes the language"), "note": N_("notes"), "branch": N_("goes on by an answer"),
    "elsewhere": N_("another scenario"),
}  # fmt: skip
OUTCOMES = {"alarm": N_("Interrupts"), "ask": N_("Asks"), "quiet": N_("Hears nothing")}
_Asking = Request[Any, Any, Any]


@get(AT, guards=GUARDS)
async def files(request: _Asking, house: House) -> Response[str]:
    """Every file: what speaks, what waits, whose review is due."""
    texts = await spoken.in_force(house.db)
    published = {one.file: one for one in await editions.published(house.db)}
    waiting: dict[str, list[Edition]] = {}
    for one in await editions.latest(house.db):
        waiting.setdefault(one.file, []).append(one)
    rows = [_row(file, texts.get(file), published.get(file), waiting.get(file, [])) for file in {**texts, **waiting}]
    return house.pages.render(
        request, "bots/files.html", rows=sorted(rows, key=lambda row: (row["flags"], row["file"])), states=STATES,
        today=today(house), unapproved=[row["file"] for row in rows if row["state"] == "shipped"],
    )  # fmt: skip


@post(AT, guards=GUARDS)
async def bring(request: _Asking, house: House, actor: Actor) -> Response[Any]:
    """A file from elsewhere, or a new one, as a draft; what is wrong with it is told by its screen."""
    form = await request.form()
    given = form.get("upload")
    upload = await given.read() if isinstance(given, UploadFile) else b""
    named = str(form.get("file") or "").strip()
    file = (named or (given.filename if isinstance(given, UploadFile) else "")).replace("\0", "")
    try:
        text = upload.decode() if upload else str(form.get("body") or "")
    except UnicodeDecodeError:
        text = "\0"
    return await _written(request, house, actor, file, text)


@get(AT + "/file/{file:str}", guards=GUARDS)
async def one(request: _Asking, house: House, file: str) -> Response[str]:
    """A file: its text to be written, its scenarios as pictures, its editions."""
    return await _page(request, house, file)


@post(AT + "/file/{file:str}", guards=GUARDS)
async def write(request: _Asking, house: House, actor: Actor, file: str) -> Response[Any]:
    """The text as a draft, or only examined."""
    form = await request.form()
    text = str(form.get("body") or "")
    if form.get("do") == "hear" and file == spoken.FLAGS:
        return await _hear(request, house, file, text, str(form.get("sentences") or ""))
    if form.get("do") == "examine":
        found = await authoring.examine(house, house.db, file, text)
        return await _page(request, house, file, body=text, findings=found)
    return await _written(request, house, actor, file, text)


@post(AT + "/file/{file:str}/{step:str}", guards=GUARDS)
async def take_step(request: _Asking, house: House, actor: Actor, file: str, step: str) -> Response[Any]:
    """Approves, publishes, takes back, discards; what cannot be done is said on the same screen."""
    form = await request.form()
    chosen = as_uuid(str(form.get("edition") or ""))
    steps: dict[str, Callable[[Transaction], Awaitable[None]]] = {
        "approve": lambda tx: authoring.approve(house, tx, actor, file, str(form.get("seen") or "")),
        "take-back": lambda tx: authoring.take_back(house, tx, actor, file),
        "discard": lambda tx: authoring.discard(house, tx, actor, file),
    }
    if chosen:
        steps["publish"] = lambda tx: authoring.publish(house, tx, actor, file, chosen)
    if step not in steps:
        raise NotFoundException
    try:
        await house.db.run(steps[step])
    except Refused as refused:
        return await _page(request, house, file, refused=str(refused))
    await house.port(BotPort).health()
    known = await _known(house, file)
    return Redirect(f"{AT}/file/{file}?done={step}" if known else AT, status_code=303)


@get(AT + "/file/{file:str}/export", guards=GUARDS)
async def export(house: House, file: str, edition: str = "") -> Response[str]:
    """The text as a file: what speaks, or one edition."""
    known = await _known(house, file)
    chosen = next((one.body for one in known if str(one.id) == edition), None)
    text = chosen if edition else (await spoken.in_force(house.db)).get(file)
    if text is None:
        raise NotFoundException
    return Response(
        text, media_type="text/plain; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{file}"'}
    )


@get(AT + "/file/{file:str}/picture/{scenario:str}", guards=GUARDS)
async def picture(request: _Asking, house: House, actor: Actor, file: str, scenario: str) -> Response[str]:
    """One scenario as a graph; the draft's when there is one."""
    text = await _newest(house, file)
    if text is None or file == spoken.FLAGS:
        raise NotFoundException
    scenarios = parse(file, text).scenarios
    if scenario not in scenarios:
        raise NotFoundException
    language = request.query_params.get("words", actor.language)
    graph = draw(scenario, scenarios[scenario], language if language in ("it", "en") else "it")
    return house.pages.render(
        request, "bots/picture.html", file=file, scenario=scenarios[scenario], name=scenario, graph=graph, kinds=KINDS,
        others=[name for name in scenarios if name != scenario], words=language,
    )  # fmt: skip


@get(AT + "/try", guards=GUARDS)
async def begin_trying(request: _Asking, house: House, actor: Actor, file: str = "") -> Response[str]:
    """A talk with the assistant as it speaks, or as it would with the draft of a file."""
    return await _trying(request, house, file, actor.language, [])


@post(AT + "/try", guards=GUARDS, status_code=200)
async def go_on_trying(request: _Asking, house: House) -> Response[str]:
    """One turn more; nothing of it is kept."""
    form = await request.form()
    try:
        said = msgspec.json.decode(str(form.get("said") or "[]"), type=list[tuple[str, str]])
    except (msgspec.DecodeError, UnicodeEncodeError):
        said = []
    text, payload = str(form.get("text") or "")[:4_000], str(form.get("payload") or "")[:200]
    if (text or payload) and len(said) < MOST_TURNS:
        said.append(("" if payload else text, payload))
    language = "en" if form.get("language") == "en" else "it"
    return await _trying(request, house, str(form.get("file") or ""), language, said)


async def _trying(
    request: _Asking, house: House, file: str, language: str, said: list[tuple[str, str]]
) -> Response[str]:
    bot: EmbeddedBot = house.port(BotPort)
    texts, draft = await spoken.in_force(house.db), await _newest(house, file) if file else None
    trouble = ""
    try:
        mind = await bot.mind_with(*spoken.read_all({**texts, file: draft} if draft else texts))
    except ValueError as error:
        mind, trouble = bot.mind, str(error)
    return house.pages.render(
        request, "bots/try.html", file=file if draft else "", tongue=language, trouble=trouble,
        lines=play(mind, language, said, language_of(request, house.settings)), full=len(said) >= MOST_TURNS,
        said=msgspec.json.encode(said).decode(),
    )  # fmt: skip


async def _hear(request: _Asking, house: House, file: str, text: str, sentences: str) -> Response[str]:
    """What the text as it stands on the screen would hear; nothing of it is kept."""
    text = text.replace("\r\n", "\n")
    found = await authoring.examine(house, house.db, file, text)
    trial = None if found.wrong else await attempt(text, sentences.replace("\0", ""))
    return await _page(request, house, file, body=text, findings=found, trial=trial, sentences=sentences)


async def _written(request: _Asking, house: House, actor: Actor, file: str, text: str) -> Response[Any]:
    found = await house.db.run(lambda tx: authoring.write(house, tx, actor, file, text))
    if found.wrong:
        return await _page(request, house, file, body=text.replace("\0", ""), findings=found)
    return Redirect(f"{AT}/file/{file}?done=written", status_code=303)


async def _known(house: House, file: str) -> list[Edition]:
    return [] if "\0" in file else await editions.of(house.db, file)


async def _newest(house: House, file: str) -> str | None:
    """The draft, else what waits to be published, else what speaks."""
    known = [one for one in await _known(house, file) if one.state in ("draft", "approved")]
    return known[0].body if known else (await spoken.in_force(house.db)).get(file)


async def _page(
    request: _Asking, house: House, file: str, *, body: str | None = None, findings: Findings | None = None,
    refused: str = "", trial: Trial | None = None, sentences: str = "",
) -> Response[str]:  # fmt: skip
    known, text = await _known(house, file), await _newest(house, file)
    if text is None and body is None:
        raise NotFoundException
    shown = body if body is not None else text or ""
    if findings is None:
        findings = await authoring.examine(house, house.db, file, shown)
    scenarios: list[Any] = []
    if text is not None and file != spoken.FLAGS:
        scenarios = list(parse(file, text).scenarios.items())
    done = request.query_params.get("done", "")
    return house.pages.render(
        request, "bots/file.html", status=422 if refused or (body is not None and findings.wrong) else 200, file=file,
        body=shown, findings=findings, examined=body is not None, refused=refused, known=known, states=STATES,
        draft=next((one for one in known if one.state == "draft"), None), scenarios=scenarios,
        published=any(one.state == "published" for one in known), shipped=file in spoken.shipped(), done=done,
        unapproved=file in await spoken.as_shipped(house.db), flags=file == spoken.FLAGS, trial=trial,
        sentences=sentences, outcomes=OUTCOMES,
    )  # fmt: skip


def _row(file: str, text: str | None, published: Edition | None, waiting: list[Edition]) -> dict[str, Any]:
    body = text if text is not None else waiting[0].body
    head = read_flags(body) if file == spoken.FLAGS else parse(file, body)
    names = [] if file == spoken.FLAGS else [one.title for one in parse(file, body).scenarios.values()]
    state = "published" if published else "shipped" if text is not None else ""
    return {
        "file": file, "flags": file == spoken.FLAGS, "state": state, "waiting": waiting, "head": head, "names": names,
        "hash": hash_of(body) if text is not None else "",
    }  # fmt: skip


ROUTES: list[Any] = [files, bring, one, write, take_step, export, picture, begin_trying, go_on_trying]
