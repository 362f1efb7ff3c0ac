"""Which function does a job of which name; filled when the rooms' modules are imported."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from sportello.kit.database import Transaction
    from sportello.kit.house import House

Handler = Callable[["House", "Transaction", dict[str, Any]], Awaitable[None]]
Errand = Callable[["House", dict[str, Any]], Awaitable[None]]


class Work(Struct, frozen=True):
    """A handler and how often it may be started before the job is put aside as dead.

    An `errand` talks to another system and opens its own transactions before and after.
    """

    handler: Handler | None
    starts: int
    errand: Errand | None = None


known: dict[str, Work] = {}


def job(name: str, *, starts: int = 6) -> Callable[[Handler], Handler]:
    """Registers `async f(house, tx, payload)` under `room.name`; the name carries no personal data.

    The function runs in one transaction that also marks the job done: when it raises, nothing of it stays, and it is
    tried again after a while, at most `starts` times. What it does to the outside world (a mail) may therefore happen
    twice; it guards that itself.
    """

    def register(handler: Handler) -> Handler:
        _keep(name, Work(handler, starts))
        return handler

    return register


def errand(name: str, *, starts: int = 6) -> Callable[[Errand], Errand]:
    """Registers `async f(house, payload)`, which waits for another system: no transaction is open meanwhile.

    When the process dies it is started again, so what it must not do twice it writes down first.
    """

    def register(handler: Errand) -> Errand:
        _keep(name, Work(None, starts, handler))
        return handler

    return register


def _keep(name: str, work: Work) -> None:
    if name in known and _called(known[name]) != _called(work):
        raise ValueError(f"two jobs are named {name}")
    known[name] = work


def _called(work: Work) -> tuple[str, str]:
    """By file, not by module: a test's may be imported under two names."""
    what = work.handler or work.errand
    code = getattr(what, "__code__", None)
    return getattr(code, "co_filename", ""), getattr(what, "__qualname__", "")
