"""Which function does a job of which name; filled when the rooms' modules are imported."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from sportello.kit.database import Transaction
    from sportello.kit.house import House

Handler = Callable[["House", "Transaction", dict[str, Any]], Awaitable[None]]


class Work(Struct, frozen=True):
    """A handler and how often it may be started before the job is put aside as dead."""

    handler: Handler
    starts: int


known: dict[str, Work] = {}


def job(name: str, *, starts: int = 6) -> Callable[[Handler], Handler]:
    """Registers `async f(house, tx, payload)` under `room.name`; the name carries no personal data.

    The function runs in one transaction that also marks the job done: when it raises, nothing of it stays, and it is
    tried again after a while, at most `starts` times. What it does to the outside world (a mail) may therefore happen
    twice; it guards that itself.
    """

    def register(handler: Handler) -> Handler:
        if name in known and known[name].handler.__qualname__ != handler.__qualname__:
            raise ValueError(f"two jobs are named {name}")
        known[name] = Work(handler, starts)
        return handler

    return register
