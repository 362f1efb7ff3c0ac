"""Posting: bounded in time, without following elsewhere, the answer's body unread."""

import httpx

from sportello.fhir.ports import Unreachable

_SECONDS = 10


class Poster:
    """A WebHook."""

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> None:
        """Raises Unreachable unless the other system takes it."""
        try:
            async with (
                httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False) as http,
                http.stream("POST", url, headers=headers, content=body) as answer,
            ):
                if not answer.is_success:
                    raise Unreachable(f"answered with {answer.status_code}")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(type(error).__name__) from error
