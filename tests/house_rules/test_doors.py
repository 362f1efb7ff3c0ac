"""Every door says who may pass: an intent without a named permission does not ship."""

import pytest
from litestar.handlers import HTTPRouteHandler

from sportello.app import ROOMS, application, furnish
from sportello.kit.settings import Settings

INTENTS = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture(scope="module")
def handlers() -> list[tuple[str, str, HTTPRouteHandler]]:
    from pathlib import Path

    house = furnish(Settings(demo=True, data=Path("unused")))
    app = application(house, ROOMS, lifespan=False)
    return [
        (route.path, method, handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        for method in handler.http_methods
        if method != "OPTIONS"
    ]


def _guarded(handler: HTTPRouteHandler) -> bool:
    names = [guard.__qualname__ for guard in handler.resolve_guards() if hasattr(guard, "__qualname__")]
    return any(word in name for name in names for word in ("requires", "signed_in", "patient_door", "machine_door"))


def test_every_intent_door_names_its_permission(handlers: list[tuple[str, str, HTTPRouteHandler]]) -> None:
    open_doors = [
        f"{method} {path}"
        for path, method, handler in handlers
        if method in INTENTS and not _guarded(handler) and not handler.opt.get("open_door")
    ]
    assert not open_doors, f"guard these doors, or say why they are open (opt open_door): {open_doors}"


def test_every_desk_page_names_its_permission(handlers: list[tuple[str, str, HTTPRouteHandler]]) -> None:
    open_pages = [f"{m} {p}" for p, m, h in handlers if p.startswith("/desk") and not _guarded(h)]
    assert not open_pages, open_pages


def test_there_are_doors(handlers: list[tuple[str, str, HTTPRouteHandler]]) -> None:
    assert len([h for h in handlers if h[1] in INTENTS]) > 20
