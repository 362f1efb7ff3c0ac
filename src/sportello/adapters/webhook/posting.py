"""Posting: bounded in time, without following elsewhere, the answer's body unread, and never into the house itself.

Who may subscribe at the FHIR door could else have Sportello knock at whatever its machine reaches: the operator names
the hosts within the network that may be told. The address that was looked at is the one that is connected to.
"""

import asyncio
import socket
import ssl
from collections.abc import Collection
from ipaddress import ip_address

import httpx

from sportello.fhir.ports import ANSWERED, NO_CONNECTION, Unreachable, Unwanted
from sportello.kit.i18n import N_
from sportello.kit.tls import trusted

_SECONDS = 10.0
_GONE = 410


class Poster:
    """A WebHook; `inner_hosts` may be told although they are within the network."""

    def __init__(self, inner_hosts: Collection[str] = (), seconds: float = _SECONDS) -> None:
        self._inner = {host.lower() for host in inner_hosts}
        self._seconds = seconds

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> None:
        """Raises Unreachable unless the other system takes it, Unwanted when it is gone for good."""
        try:
            async with asyncio.timeout(self._seconds):
                status = await self._posted(httpx.URL(url), headers, body)
        except TimeoutError as error:
            raise Unreachable(N_("no answer in time")) from error
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, UnicodeError, OSError) as error:
            raise Unreachable(NO_CONNECTION, error=type(error).__name__) from error
        if status == _GONE:
            raise Unwanted(ANSWERED, status=str(status))
        if not 200 <= status < 300:
            raise Unreachable(ANSWERED, status=str(status))

    async def _posted(self, url: httpx.URL, headers: dict[str, str], body: bytes) -> int:
        address = await self._address(url)
        named = {"host": url.netloc.decode("ascii")}
        extensions = {"sni_hostname": url.host} if url.scheme == "https" else {}
        async with (
            httpx.AsyncClient(timeout=self._seconds, follow_redirects=False, verify=trusted(), trust_env=False) as http,
            http.stream(
                "POST", url.copy_with(host=address), headers=headers | named, content=body, extensions=extensions
            ) as answer,
        ):
            return answer.status_code

    async def _address(self, url: httpx.URL) -> str:
        """Where the host is; within the network only when the operator named it, and plainly only there."""
        inner = url.host.lower() in self._inner
        if url.scheme != "https" and not inner:
            raise Unreachable(N_("only https is spoken to other hosts"))
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            known = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise Unreachable(N_("the host is not known")) from error
        found = [str(sockaddr[0]) for *_, sockaddr in known]
        if not inner and not all(_is_outside(one) for one in found):
            raise Unreachable(N_("the host is within the network: the operator has to name it (security.inner_hosts)"))
        return found[0]


def _is_outside(text: str) -> bool:
    address = ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_global and not (mapped or address).is_multicast
