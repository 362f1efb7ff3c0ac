"""Forms into structs: every error by field, and everything typed kept to be shown again."""

from typing import Any, TypeVar

import msgspec
from litestar import Request

from sportello.kit.i18n import N_

T = TypeVar("T", bound=msgspec.Struct)
REQUIRED = N_("This field is required.")
_MESSAGES = (
    ("Object missing required field", REQUIRED),
    ("Expected `str` of length >=", N_("This text is too short.")),
    ("Expected `str` of length <=", N_("This text is too long.")),
    ("Expected `int` ", N_("This number is outside what is allowed.")),
    ("Expected `int`", N_("Write a whole number.")),
    ("Expected `float`", N_("Write a number.")),
    ("Invalid UUID", N_("This choice is not known.")),
    ("Invalid enum value", N_("This choice is not known.")),
    ("Expected `date`", N_("Write a date.")),
    ("Invalid RFC3339", N_("Write a date.")),
)
_OTHER = N_("This value cannot be used.")
_TICKED = {"yes", "on", "true", "1"}


async def read_form(request: Request[Any, Any, Any], kind: type[T]) -> tuple[T | None, dict[str, str], dict[str, str]]:
    """The struct (or None), the errors as message ids by field, and the raw texts, to be shown again.

    Texts are trimmed, except passwords. Of a field sent more than once the last value counts.
    """
    data = await request.form()
    names = {field.encode_name for field in msgspec.structs.fields(kind)}
    raw = {key: _clean(key, value) for key, value in data.multi_items() if key in names and isinstance(value, str)}
    value, errors = convert(raw, kind)
    return value, errors, raw


def convert(raw: dict[str, str], kind: type[T]) -> tuple[T | None, dict[str, str]]:
    """Texts into a struct; each field is judged by itself so that all errors are told at once."""
    errors: dict[str, str] = {}
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        text = raw.get(field.encode_name, "")
        if field.type is bool:
            values[field.name] = text.lower() in _TICKED
        elif text == "":
            if field.required:
                errors[field.encode_name] = REQUIRED
        else:
            try:
                values[field.name] = msgspec.convert(text, field.type, strict=False)
            except msgspec.ValidationError as error:
                errors[field.encode_name] = _message(str(error))
    return (None if errors else kind(**values)), errors


def _clean(name: str, text: str) -> str:
    """Without NUL, which no text in PostgreSQL can hold."""
    text = text.replace("\0", "")
    return text if "password" in name else text.strip()


def _message(said: str) -> str:
    return next((message for start, message in _MESSAGES if said.startswith(start)), _OTHER)
