"""The screen of files and masking: what may be sent, how large, how long it is kept, what is hidden in whose words."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.response import Redirect

from sportello.administration.actor import Actor
from sportello.administration.setting_up import CHANGES, place
from sportello.conversations import safekeeping
from sportello.conversations.kinds import KINDS
from sportello.conversations.ports import FileScanner
from sportello.conversations.safekeeping import Safekeeping
from sportello.kit.forms import convert
from sportello.kit.house import House
from sportello.kit.i18n import N_

PLACE = place(
    "safekeeping", N_("Files and masking"), "attach", "/desk/safekeeping",
    N_("attachments malware retention card fiscal code"),
)  # fmt: skip
NO_KIND = N_("Choose at least one kind of file.")


@get("/desk/safekeeping", guards=CHANGES)
async def page(request: Request[Any, Any, Any], house: House) -> Response[str]:
    """The rules in force."""
    return _page(request, house, await safekeeping.rules_of(house), {})


@post("/desk/safekeeping", guards=CHANGES)
async def change(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[Any]:
    """From now on other rules; refused, all that was typed stands there again."""
    data = await request.form()
    kinds = tuple(kind for kind in KINDS if kind in data.getall("kind", []))
    fields = {f.name for f in msgspec.structs.fields(Safekeeping)} - {"file_types"}
    raw = {key: value for key, value in data.multi_items() if key in fields and isinstance(value, str)}
    rules, errors = convert(raw, Safekeeping)
    if not kinds:
        errors["kind"] = NO_KIND
    if rules is None or errors:
        shown = await safekeeping.rules_of(house)
        ticked = {f: raw.get(f) == "yes" for f in fields if isinstance(getattr(shown, f), bool)}
        shown = msgspec.structs.replace(shown, file_types=kinds, **ticked)
        return _page(request, house, shown, errors, raw)
    asked = msgspec.structs.replace(rules, file_types=kinds)
    await house.db.run(lambda tx: safekeeping.change(house, tx, actor, asked))
    return Redirect("/desk/safekeeping?done=yes", status_code=303)


def _page(
    request: Request[Any, Any, Any],
    house: House,
    rules: Safekeeping,
    errors: dict[str, str],
    raw: dict[str, str] | None = None,
) -> Response[str]:
    numbers = {name: (raw or {}).get(name, str(getattr(rules, name))) for name in ("file_megabytes", "keep_days")}
    scanner = house.ports.get(FileScanner)
    return house.pages.render(
        request, "conversations/safekeeping.html", status=422 if errors else 200, rules=rules, numbers=numbers,
        kinds=KINDS, errors=errors, scanner=scanner.name if scanner else "",
        done=request.query_params.get("done", "") and not errors,
    )  # fmt: skip


ROUTES: list[Any] = [page, change]
