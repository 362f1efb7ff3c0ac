"""Opens the Direct Line doors."""

from typing import Any

from litestar import Router
from litestar.exceptions import HTTPException

from sportello.adapters.direct_line_server import api, file_api, refusals, socket
from sportello.adapters.direct_line_server.cross_origin import MIDDLEWARE
from sportello.kit.house import House

ROUTES: list[Any] = [
    Router(
        "/v3/directline",
        route_handlers=[*api.ROUTES, *file_api.ROUTES, *socket.ROUTES],
        exception_handlers={HTTPException: refusals.said, Exception: refusals.said},
        middleware=MIDDLEWARE,
    )
]


def install(house: House) -> None:
    """Nothing to wire: who may come in is decided by secrets and tokens."""
