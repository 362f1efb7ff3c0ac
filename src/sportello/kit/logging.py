"""Logs for operators: one JSON object a line, never a person's data (see `redact`)."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# Keys that may carry what a person said or is; their values never reach a log.
PERSONAL = frozenset(
    [
        "text",
        "body",
        "name",
        "given",
        "family",
        "birth_date",
        "fiscal_code",
        "identifier",
        "email",
        "phone",
        "address",
        "login",
        "password",
        "token",
        "secret",
        "patient",
        "patient_name",
        "visitor",
        "visitor_name",
        "summary",
        "note",
        "reason",
        "details",
        "query",
        "q",
        "authorization",
        "cookie",
    ]
)
_FISCAL_CODE = re.compile(r"\b[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]\b", re.I)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_PHONE = re.compile(r"(?<![\w-])\+?\d[\d ]{7,14}\d(?![\w-])")


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hides values of personal keys and, in any text, fiscal codes, e-mail addresses and phone numbers."""
    for key, value in event.items():
        if key in PERSONAL:
            event[key] = "[hidden]"
        elif isinstance(value, str) and key not in {"timestamp", "level"}:
            event[key] = _PHONE.sub("[hidden]", _EMAIL.sub("[hidden]", _FISCAL_CODE.sub("[hidden]", value)))
    return event


def configure(*, readable: bool = False) -> None:
    """Sets up structlog and the standard library's loggers for a process; `readable` is for a terminal."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Any = structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_drop_meta, renderer])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def _drop_meta(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event
