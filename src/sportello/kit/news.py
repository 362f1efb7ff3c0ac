"""Domain events: how a room tells those above it what happened, within the same transaction, without knowing them."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from sportello.kit.database import Transaction
    from sportello.kit.house import House

E = TypeVar("E")
Handler = Callable[["House", "Transaction", Any], Awaitable[None]]


class News:
    """Subscribers by the type of event; they run in the order in which they subscribed."""

    def __init__(self) -> None:
        self._handlers: dict[type, list[Handler]] = defaultdict(list)
        self._house: House | None = None

    def settle(self, house: "House") -> None:
        """Told once, by the application, whose house the news is of."""
        self._house = house

    def subscribe(self, event: type[E], handler: Callable[["House", "Transaction", E], Awaitable[None]]) -> None:
        self._handlers[event].append(handler)

    async def announce(self, tx: "Transaction", event: object) -> None:
        """Runs every subscriber inside `tx`: if one fails, the fact itself is rolled back with it."""
        assert self._house is not None, "news is announced only in a settled house"
        for handler in self._handlers.get(type(event), ()):
            await handler(self._house, tx, event)
