"""How a system finds its way to a token, and the door where it gets one."""

from typing import Any

from litestar import Request, Response, get, post

from sportello.fhir.door.doors import DOOR, base_of
from sportello.fhir.smart.asserting import ALGORITHMS, LASTING, Denied, give
from sportello.kit.house import House
from sportello.kit.security.rate_limit import rate_limit

TOKEN = f"{DOOR}/token"
_TIMES, _WITHIN = 300, 60  # requests from one address, seconds
_UNCACHED = {"cache-control": "no-store", "pragma": "no-cache"}
Asking = Request[Any, Any, Any]


@get(f"{DOOR}/.well-known/smart-configuration", opt={"open_door": "tells where tokens are given, nothing of anybody"})
async def configuration(request: Asking, house: House) -> Response[dict[str, Any]]:
    """What SMART's discovery tells (http://hl7.org/fhir/smart-app-launch/conformance.html)."""
    return Response(
        {
            "token_endpoint": f"{base_of(request, house)}/token",
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "scopes_supported": ["system/*.cruds", "system/*.rs"],
            "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
        },
        headers={"access-control-allow-origin": "*"},
    )


@post(TOKEN, opt={"open_door": "a signed word is the key; wrong ones are refused and counted", "without_csrf": True})
async def token_door(request: Asking, house: House) -> Response[dict[str, Any]]:
    """A token for a signed word."""
    rate_limit(house, ("fhir.token", request.client.host if request.client else ""), _TIMES, _WITHIN)
    data = await request.form()
    form = {name: value for name, value in data.items() if isinstance(value, str)}
    base = base_of(request, house)
    try:
        given = await give(house, form, (f"{base}/token", base))
    except Denied as no:
        status = 401 if no.error == "invalid_client" else 400
        return Response({"error": no.error, "error_description": no.why}, status_code=status, headers=_UNCACHED)
    told = {
        "access_token": given.token,
        "token_type": "bearer",
        "expires_in": int(LASTING.total_seconds()),
        "scope": " ".join(given.scopes),
    }
    return Response(told, status_code=200, headers=_UNCACHED)


ROUTES: list[Any] = [configuration, token_door]
