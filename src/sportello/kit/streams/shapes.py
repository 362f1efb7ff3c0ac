"""The words of streams: what is kept, what is asked, what is answered, what is refused."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol
from uuid import UUID

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from sportello.kit.house import House

Audience = Literal["all", "staff"]


class Event(Struct, frozen=True, gc=False):
    """One numbered event of a stream; `json` is its body as JSON text."""

    stream: str
    seq: int
    kind: str
    sender: str
    audience: str
    at: datetime
    client_id: UUID | None
    json: str

    @property
    def body(self) -> dict[str, Any]:
        """The body as a fresh dict."""
        return dict(msgspec.json.decode(self.json))


class Posted(Struct, frozen=True, gc=False):
    """The number under which a post stands; `duplicate` when it stood there before."""

    seq: int
    duplicate: bool = False


class Listener(Struct, frozen=True):
    """Who holds a line; made by an authenticator."""

    kind: Literal["staff", "patient"]
    id: str
    name: str = ""
    language: str = "it"
    permissions: frozenset[str] = frozenset()


class Grant(Struct, frozen=True):
    """What a listener may do with a stream, as of the stream's `fence`."""

    audience: Audience = "all"
    fence: int | None = None
    may_post: bool = False
    sender: str = ""


class Post(Struct, frozen=True):
    """What a listener wants to say; nothing in it is trusted."""

    client_id: UUID
    kind: str
    body: dict[str, Any]


class Refused(Exception):
    """A post that will never be taken as it is; `message` is a translatable text for its sender."""

    def __init__(self, code: str, message: str = "", **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.params = params


class StreamClosed(Exception):
    """The stream has ended; nothing can be added to it."""


class FenceMoved(Exception):
    """The right to post changed hands since the grant was given: ask the gate again."""


class TryLater(Exception):
    """The database did not take the post in time; sending the same client id again is safe."""


class Gate(Protocol):
    """Decides, for the streams of one prefix, who may follow, post and signal."""

    async def may_follow(self, house: "House", listener: Listener, stream: str) -> Grant | None:
        """The listener's grant, or None; asked again when the fence moves and every minute."""
        ...

    async def post(self, house: "House", listener: Listener, stream: str, grant: Grant, frame: Post) -> Posted:
        """Checks the body and posts it with `grant.fence`; raises `Refused` with a translatable message."""
        ...

    async def signal(self, house: "House", listener: Listener, stream: str, frame: dict[str, Any]) -> None:
        """Something passing: typing, seen."""
        ...


Reaction = Callable[["House", list[Event]], Awaitable[None]]
Authenticator = Callable[["House", Any], Awaitable[Listener | None] | Listener | None]
