"""The way to the hospital's server that a process has: one pace, one token, one memory of what the server can do, made
anew when the terms change.
"""

from datetime import datetime, timedelta

from sportello.adapters.remote_fhir import server
from sportello.adapters.remote_fhir.hearing import Trouble
from sportello.adapters.remote_fhir.pacing import Pace
from sportello.adapters.remote_fhir.server import Known
from sportello.adapters.remote_fhir.terms import Terms
from sportello.adapters.remote_fhir.tokens import Tokens
from sportello.adapters.remote_fhir.wire import Wire
from sportello.kit.house import House

_AGAIN = timedelta(minutes=10)


class Link:
    """To one server on certain terms."""

    def __init__(self, house: House, terms: Terms) -> None:
        self.terms = terms
        self.pace = Pace(terms.ceiling)
        self._house = house
        self._tokens = Tokens(house, terms)
        self._known = Known()
        self._known_until: datetime = house.clock.now()

    def wire(self) -> Wire:
        """For the questions of one errand."""
        return Wire(self.terms, self.pace, self._tokens)

    async def known(self, wire: Wire) -> Known:
        """What the server says it can do, a while old at most; when it does not say, what it said before."""
        now = self._house.clock.now()
        if now >= self._known_until:
            try:
                posts = self._known.posts
                self._known = await server.capability(wire)
                self._known.posts = posts
                self._known_until = now + _AGAIN
            except Trouble as error:
                if error.code in ("no-fhir", "no-r4"):
                    raise
        return self._known

    @property
    def last_known(self) -> Known:
        return self._known


class Links:
    """The link of this process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._link: Link | None = None

    def to(self, terms: Terms) -> Link:
        if self._link is None or self._link.terms != terms:
            self._link = Link(self._house, terms)
        return self._link

    def renew(self) -> None:
        """Begins anew, such as after our keys were replaced."""
        self._link = None
