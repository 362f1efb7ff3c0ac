"""Pages and fragments from the rooms' templates, and their static files under an address that changes with content."""

import hashlib
import mimetypes
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from markupsafe import Markup

import sportello
from sportello.kit import i18n
from sportello.kit.settings import Settings

_ROOMS = Path(sportello.__file__).parent
_YEAR = 31_536_000


def _static_version() -> str:
    digest = hashlib.sha256()
    for file in sorted(_ROOMS.glob("*/static/**/*")):
        if file.is_file():
            digest.update(str(file.relative_to(_ROOMS)).encode() + file.read_bytes())
    return digest.hexdigest()[:12]


class Pages:
    """Renders templates named `room/file.html` in the reader's language."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.version = _static_version()
        rooms = {p.parent.name: FileSystemLoader(p) for p in _ROOMS.glob("*/templates")}
        self._environments = {language: self._environment(language, rooms) for language in i18n.LANGUAGES}

    def _environment(self, language: str, rooms: dict[str, FileSystemLoader]) -> Environment:
        made = Environment(
            loader=PrefixLoader(rooms), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        )  # fmt: skip
        made.install_gettext_callables(  # type: ignore[attr-defined]
            partial(i18n.gettext, language), partial(i18n.ngettext, language), newstyle=True
        )
        zone = self.settings.clinic.tz
        made.filters |= {
            "datetime": lambda v, style="medium": i18n.format_datetime(v, language, zone, style),
            "date": lambda v, style="long": i18n.format_date(v, language, zone, style),
            "time": lambda v: i18n.format_time(v, language, zone),
            "duration": lambda v: i18n.format_duration(v, language),
        }
        made.globals |= {"url_static": self.url_static, "settings": self.settings, "lang": language}
        return made

    def url_static(self, path: str) -> str:
        """The address of `room/file` among static files."""
        return f"/static/{self.version}/{path}"

    def fragment(self, language: str, template: str, **context: Any) -> str:
        """A template rendered without a request."""
        context.setdefault("actor", None)
        context.setdefault("csrf_input", lambda: Markup(""))
        context.setdefault("here", "")
        return self._environments[language].get_template(template).render(**context)

    def render(
        self, request: Request[Any, Any, Any], template: str, *, status: int = 200, **context: Any
    ) -> Response[str]:
        """A template rendered for a request: its language, its actor, its protection against forgery."""
        state = request.scope.get("state", {})
        language = state.get("language", self.settings.clinic.languages[0])
        token = state.get("csrf", "")
        context.setdefault("actor", state.get("actor"))
        context.setdefault("csrf_input", lambda: Markup('<input type="hidden" name="csrf" value="{}">').format(token))
        context.setdefault("here", request.url.path)
        return Response(self.fragment(language, template, **context), media_type="text/html", status_code=status)


@get("/static/{version:str}/{room:str}/{path:path}", opt={"open_door": "files without data"}, sync_to_thread=True)
def static_file(version: str, room: str, path: Path) -> Response[bytes]:
    """A room's static file; cached for a year, for its address changes with its content."""
    folder = _ROOMS / room / "static"
    file = (folder / str(path).lstrip("/")).resolve()
    if not room.isidentifier() or not file.is_relative_to(folder.resolve()) or not file.is_file():
        raise NotFoundException
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Response(
        file.read_bytes(), media_type=kind, headers={"cache-control": f"public, max-age={_YEAR}, immutable"}
    )


ROUTES = [static_file]
