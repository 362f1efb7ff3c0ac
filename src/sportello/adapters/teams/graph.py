"""Microsoft Graph as far as meetings go: a token by client credentials, and onlineMeetings of one organiser.

`createOrGet` knows a meeting by an id of ours, so that asking twice makes one; what it answers for a known id is not
re-dated, which a PATCH does. Microsoft's words are read for reasons alone and never shown or logged.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
from msgspec import Struct

from sportello.adapters.teams.terms import Terms
from sportello.kit.i18n import N_
from sportello.kit.retry_after import pause_of
from sportello.scheduling.ports import MeetingFailed

PATIENCE = httpx.Timeout(15.0)
_BUSY = frozenset({429, 502, 503, 504})
_MOST_PAUSE = timedelta(hours=1)
_SCOPE = "/.default"
NO_TOKEN = N_("Microsoft refuses the application: tenant, client or secret are not right, or the secret has expired.")
NO_POLICY = N_(
    "The application may not make meetings for this organiser. A Teams administrator must grant an application access"
    " policy (New-CsApplicationAccessPolicy, Grant-CsApplicationAccessPolicy); it may take half an hour to count."
)
NO_PERMISSION = N_("The application lacks the permission OnlineMeetings.ReadWrite.All, or nobody has consented to it.")
NO_ORGANISER = N_("Microsoft does not know the organiser.")
BUSY = N_("Microsoft wants to be left alone for a while. Try again later.")
AWAY = N_("Microsoft does not answer.")
ODD = N_("Microsoft's answer cannot be used.")


class Refused(MeetingFailed):
    """What went wrong, as a message id."""


class OnlineMeeting(Struct, frozen=True, rename="camel"):
    """What is read of Microsoft's onlineMeeting."""

    id: str
    join_web_url: str
    start_date_time: datetime | None = None
    end_date_time: datetime | None = None


class Tokens:
    """Tokens of this process, until shortly before they end."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], tuple[str, float]] = {}

    async def get(self, http: httpx.AsyncClient, terms: Terms, *, fresh: bool = False) -> str:
        """A token for these terms; Refused when Microsoft gives none."""
        key = (terms.tenant, terms.client, terms.secret)
        token, until = self._known.get(key, ("", 0.0))
        if token and not fresh and until > time.monotonic():
            return token
        host = terms.graph_url.split("/v1.0")[0].rstrip("/")
        form = {
            "grant_type": "client_credentials", "client_id": terms.client, "client_secret": terms.secret,
            "scope": host + _SCOPE,
        }  # fmt: skip
        answer = await _ask(http, "POST", f"{terms.login_url}/{quote(terms.tenant)}/oauth2/v2.0/token", data=form)
        if answer.status_code != 200:
            raise Refused(NO_TOKEN)
        said = _read(answer)
        given, lasts = said.get("access_token"), said.get("expires_in")
        if not isinstance(given, str) or not isinstance(lasts, int):
            raise Refused(ODD)
        self._known[key] = (given, time.monotonic() + max(0, lasts - 120))
        return given


class Graph:
    """The meetings of one organiser."""

    def __init__(self, http: httpx.AsyncClient, terms: Terms, tokens: Tokens) -> None:
        self._http, self._terms, self._tokens = http, terms, tokens

    async def create_or_get(
        self, external: str, subject: str, starts: datetime, ends: datetime, organiser: str = ""
    ) -> OnlineMeeting:
        """The meeting of our id, made if there is none."""
        body = {
            "externalId": external, "subject": subject, "startDateTime": _instant(starts), "endDateTime": _instant(ends)
        }  # fmt: skip
        answer = await self._call("POST", f"{self._at(organiser)}/createOrGet", body)
        return _meeting(answer)

    async def redate(self, meeting: str, starts: datetime, ends: datetime, organiser: str = "") -> None:
        """The same meeting at another time."""
        body = {"startDateTime": _instant(starts), "endDateTime": _instant(ends)}
        await self._call("PATCH", f"{self._at(organiser)}/{quote(meeting, safe='')}", body)

    async def delete(self, meeting: str, organiser: str = "") -> None:
        """No meeting; one that is gone already is as good."""
        await self._call("DELETE", f"{self._at(organiser)}/{quote(meeting, safe='')}", None, gone=True)

    def _at(self, organiser: str) -> str:
        return f"{self._terms.graph_url}/users/{quote(organiser or self._terms.organiser)}/onlineMeetings"

    async def _call(self, method: str, url: str, body: Any, *, gone: bool = False) -> httpx.Response:
        answer = None
        for fresh in (False, True):
            token = await self._tokens.get(self._http, self._terms, fresh=fresh)
            answer = await _ask(
                self._http, method, url, json=body, headers={"authorization": f"Bearer {token}"}
            )  # a token may have been withdrawn before its time: once more with a new one
            if answer.status_code != 401:
                break
        assert answer is not None
        if answer.is_success or (gone and answer.status_code == 404):
            return answer
        raise Refused(_why(answer))


async def _ask(http: httpx.AsyncClient, method: str, url: str, **what: Any) -> httpx.Response:
    what = {name: value for name, value in what.items() if value is not None}
    try:
        answer = await http.request(method, url, timeout=PATIENCE, follow_redirects=False, **what)
    except httpx.HTTPError as error:
        raise Refused(AWAY) from error
    if answer.status_code in _BUSY:
        raise Refused(BUSY, _pause(answer.headers.get("retry-after")))
    return answer


def _why(answer: httpx.Response) -> str:
    error = _read(answer).get("error")
    said = str(error.get("message", "")) if isinstance(error, dict) else ""
    if answer.status_code == 401:
        return NO_TOKEN
    if answer.status_code == 403:
        return NO_POLICY if "application access policy" in said.lower() else NO_PERMISSION
    return NO_ORGANISER if answer.status_code == 404 else ODD


def _pause(said: str | None) -> timedelta | None:
    """At most an hour is believed."""
    seconds = pause_of(said, datetime.now(UTC))
    return None if seconds is None else min(timedelta(seconds=seconds), _MOST_PAUSE)


def _meeting(answer: httpx.Response) -> OnlineMeeting:
    try:
        found = msgspec.json.decode(answer.content, type=OnlineMeeting)
    except msgspec.ValidationError as error:
        raise Refused(ODD) from error
    except msgspec.DecodeError as error:
        raise Refused(ODD) from error
    if not found.join_web_url.startswith("https://") or len(found.join_web_url) > 2000 or not found.id:
        raise Refused(ODD)
    return found


def _read(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
