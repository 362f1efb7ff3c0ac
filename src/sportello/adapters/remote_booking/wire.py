"""Questions to the other system and their answers; the refusals that mean "taken" are known here and nowhere else."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Protocol

from sportello.adapters.remote_fhir.hearing import Heard
from sportello.scheduling.booking_port import NotReached, TimeTaken

FHIR_JSON = "application/fhir+json"
TAKEN = frozenset({409, 412, 422, 423})
Pairs = Sequence[tuple[str, str]]


class Wire(Protocol):
    """A way to a server; raises an exception of its own for an answer that never came."""

    async def get(self, path: str, params: Pairs = ()) -> Heard: ...

    async def send(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Heard: ...


class Asking:
    """A wire whose refusals are exceptions of the port."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def read(self, path: str, params: Pairs = ()) -> Any:
        """JSON, or NotReached; None for what is not there."""
        heard = await self._heard(self._wire.get(path, params))
        if heard.status in (404, 410):
            return None
        if heard.status != 200 or not isinstance(heard.body, dict):
            raise NotReached(f"{path}: {heard.status}")
        return heard.body

    async def change(self, method: str, path: str, body: Any, *, version: str = "", kind: str = FHIR_JSON) -> Heard:
        """What was changed; TimeTaken when others were quicker, NotReached when it is not known whether it was."""
        headers = {"content-type": kind, "prefer": "return=representation"}
        if version:
            headers["if-match"] = f'W/"{version}"'
        heard = await self._heard(self._wire.send(method, path, body, headers))
        if heard.status in TAKEN:
            raise TimeTaken(why(heard))
        if heard.status not in (200, 201, 204):
            raise NotReached(f"{path}: {heard.status} {why(heard)}")
        return heard

    @staticmethod
    async def _heard(asked: Awaitable[Heard]) -> Heard:
        try:
            return await asked
        except (NotReached, TimeTaken):
            raise
        except Exception as error:  # each wire has its own names for an answer that never came
            raise NotReached(type(error).__name__) from error


def why(heard: Heard) -> str:
    """The other system's own words, for operators."""
    issues = heard.body.get("issue") if isinstance(heard.body, dict) else None
    first = issues[0] if isinstance(issues, list) and issues and isinstance(issues[0], dict) else {}
    details = first.get("details")
    text = details.get("text") if isinstance(details, dict) else None
    return str(first.get("diagnostics") or text or heard.status)[:300]
