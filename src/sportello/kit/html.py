"""Pages and fragments from the rooms' templates, in the reader's language and guarded against what strangers write."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import BytecodeCache, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.bccache import Bucket
from litestar import Request, Response
from markupsafe import Markup

import sportello
from sportello.kit import i18n, static
from sportello.kit.language import language_of
from sportello.kit.look import Look, look_of
from sportello.kit.settings import Settings

_ROOMS = Path(sportello.__file__).parent
_CSRF = '<input type="hidden" name="csrf" value="{}">'
ROUTES = static.ROUTES


class _Compiled(BytecodeCache):
    """What templates were compiled to, kept for the next house and the other language of this process."""

    def __init__(self) -> None:
        self._codes: dict[str, tuple[str, Any]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._codes.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key] = bucket.checksum, bucket.code


_compiled = _Compiled()


class Pages:
    """Renders templates named `room/file.html` in the reader's language."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.version = static.version()
        rooms = {folder.parent.name: FileSystemLoader(folder) for folder in _ROOMS.glob("*/templates")}
        self._environments = {language: self._environment(language, rooms) for language in i18n.LANGUAGES}

    def _environment(self, language: str, rooms: dict[str, FileSystemLoader]) -> Environment:
        made = Environment(
            loader=PrefixLoader(rooms), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"], cache_size=-1,
            auto_reload=False, bytecode_cache=_compiled,
        )  # fmt: skip
        made.install_gettext_callables(  # type: ignore[attr-defined]
            partial(i18n.gettext, language), partial(i18n.ngettext, language), newstyle=True
        )
        made.filters |= self._filters(language)
        made.globals |= {"url_static": self.url_static, "settings": self.settings, "lang": language}
        return made

    def _filters(self, language: str) -> dict[str, Callable[..., str]]:
        clinic = self.settings.clinic.tz

        def local(form: Callable[..., str]) -> Callable[..., str]:
            """`{{ at|datetime("short") }}`: the style is left to the template, and another zone than the clinic's."""

            def shown(value: Any, *style: Any, zone: str = "") -> str:
                return form(value, language, ZoneInfo(zone) if zone else clinic, *style)

            return shown

        return {
            "datetime": local(i18n.format_datetime),
            "date": local(i18n.format_date),
            "time": local(i18n.format_time),
            "city": partial(i18n.city_of, language),
            "size": partial(i18n.format_size, language=language),
            "duration": partial(i18n.format_duration, language=language),
        }

    def url_static(self, path: str) -> str:
        """The address of `room/file` among static files."""
        return f"/static/{self.version}/{path}"

    def fragment(self, language: str, template: str, **context: Any) -> str:
        """A template rendered without a request."""
        given = {
            "actor": None,
            "csrf_input": lambda: Markup(""),
            "here": "",
            "as_part": False,
            "look": Look(),
            **context,
        }
        return self._environments[language].get_template(template).render(given)

    def render(
        self,
        request: Request[Any, Any, Any],
        template: str,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        **context: Any,
    ) -> Response[str]:
        """A template rendered for a request: its language, its actor, its protection against forgery."""
        state = request.scope.get("state", {})
        hidden = Markup(_CSRF).format(state["csrf"]) if state.get("csrf") else Markup("")  # noqa: S704  a constant
        given = {
            "actor": state.get("actor"),
            "csrf_input": lambda: hidden,
            "here": request.url.path,
            "look": look_of(request),
            "as_part": request.headers.get("hx-request") == "true",
            **context,
        }
        text = self.fragment(language_of(request, self.settings), template, **given)
        return Response(text, media_type="text/html", status_code=status, headers=headers)
