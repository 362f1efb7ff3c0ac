"""The machine door for mail that came back, for mail services that hand it on by HTTP."""

from typing import Any

from litestar import Request, post
from litestar.exceptions import ClientException

from sportello.administration.machines import machine_door
from sportello.kit.house import House
from sportello.outreach import returning


@post(
    "/api/v1/mail/returned", guards=[machine_door("api", "mail.returned")], opt={"bearer": True}, status_code=200,
)  # fmt: skip
async def returned(request: Request[Any, Any, Any], house: House) -> dict[str, str]:
    """The whole mail as the body (message/rfc822); answers what it was taken for."""
    raw = await request.body()
    if not raw:
        raise ClientException("send the returned mail as the body")
    return {"outcome": await returning.take(house, raw, request.query_params.get("recipient", ""))}
