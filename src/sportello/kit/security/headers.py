"""Headers on every answer, errors and unknown addresses included: nothing inline, nothing evaluated, no frames."""

from typing import Any

from litestar.types import Message, Scope

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types default sportello htmx",
    ]
)
_HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(self), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]
# RFC 6797; only said where the hospital's own address is https.
_HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")


async def add_headers(message: Message, scope: Scope) -> None:
    """A `before_send` hook: middleware would miss unknown addresses. A header set by a handler stays as it is."""
    if message["type"] != "http.response.start":
        return
    present = {name.lower() for name, _ in message["headers"]}
    wanted = [*_HEADERS, _HTTPS_ONLY] if _is_https(scope) else _HEADERS
    message["headers"] = [*message["headers"], *(pair for pair in wanted if pair[0] not in present)]


def _is_https(scope: Scope) -> bool:
    return bool(scope["litestar_app"].state.house.settings.server.public_url.startswith("https://"))


BEFORE_SEND: list[Any] = [add_headers]
