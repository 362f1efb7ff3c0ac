"""Which way to book, by what the server says it can do, or as the operator has set it."""

from typing import Any, Literal

from sportello.adapters.remote_booking.by_operation import ByOperation
from sportello.adapters.remote_booking.by_server import ByServer
from sportello.adapters.remote_booking.by_transaction import ByTransaction
from sportello.adapters.remote_booking.wire import Asking, Wire
from sportello.scheduling.booking_port import Booking, NotReached

Strategy = Literal["auto", "operation", "server", "transaction"]


async def booking_of(wire: Wire, strategy: Strategy = "auto", statement: Any = None) -> Booking:
    """The calendars behind a wire. Raises NotReached when the server offers no way to book.

    A server without operations that takes transactions and gives versions is a store; whether one that takes
    Appointments minds the slot cannot be seen from outside, so that way is only gone when nothing safer is there.
    `statement` is its CapabilityStatement, when it is known already.
    """
    ask = Asking(wire)
    statement = statement or await statement_of(wire)
    rest = _server(statement)
    booking = _chosen(ask, strategy, rest)
    booking.searches = frozenset(str(one.get("name")) for one in _searched(rest))
    return booking


def _chosen(ask: Asking, strategy: Strategy, rest: dict[str, Any]) -> ByOperation | ByTransaction | ByServer:
    operations = _operations(rest)
    if strategy == "operation" or (strategy == "auto" and "book" in operations):
        return ByOperation(ask, operations)
    codes = {one.get("code") for one in _dicts(rest.get("interaction"))}
    if strategy == "transaction" or (strategy == "auto" and "transaction" in codes and _updates(rest, "Slot")):
        return ByTransaction(ask)
    if strategy == "server" or _creates(rest, "Appointment"):
        return ByServer(ask)
    raise NotReached("the other system offers no way to book")


async def statement_of(wire: Wire) -> Any:
    """What the server says it can do."""
    return await Asking(wire).read("metadata")


def _server(statement: Any) -> dict[str, Any]:
    rests = _dicts(statement.get("rest")) if isinstance(statement, dict) else []
    return next((one for one in rests if one.get("mode") == "server"), {})


def _operations(rest: dict[str, Any]) -> frozenset[str]:
    """Of Appointment, and those the server names for itself."""
    named = [*_dicts(rest.get("operation")), *_dicts(_resource(rest, "Appointment").get("operation"))]
    return frozenset(str(one.get("name", "")).removeprefix("$").removeprefix("appointment-") for one in named)


def _resource(rest: dict[str, Any], kind: str) -> dict[str, Any]:
    return next((one for one in _dicts(rest.get("resource")) if one.get("type") == kind), {})


def _searched(rest: dict[str, Any]) -> list[dict[str, Any]]:
    """By what Appointments are searched, and everything."""
    return [*_dicts(rest.get("searchParam")), *_dicts(_resource(rest, "Appointment").get("searchParam"))]


def _interactions(rest: dict[str, Any], kind: str) -> set[str]:
    return {str(one.get("code")) for one in _dicts(_resource(rest, kind).get("interaction"))}


def _updates(rest: dict[str, Any], kind: str) -> bool:
    return "update" in _interactions(rest, kind)


def _creates(rest: dict[str, Any], kind: str) -> bool:
    return "create" in _interactions(rest, kind)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
