"""What a scenario may ask of the house by `call`: the names, the ways they can lead, what they make known. Pure.

A turn stays a pure function: the engine stops at a call, the house answers it in the turn's transaction, and the turn
is taken again from its beginning with all answers so far. They are kept with the turn, so that it can be replayed.
"""

from msgspec import Struct

from sportello.bots.state import Offered, Outcome
from sportello.bots.words import Words


class Operation(Struct, frozen=True):
    """`ways` it can lead, names it `saves`, `lists` to choose from, and what a trial is answered in its place."""

    ways: tuple[str, ...]
    saves: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    sample: Outcome = Outcome("done")


MOST_CALLS = 8  # of one turn; a scenario that asks for more goes to a person


def _offered(to: str, it: str, en: str) -> Offered:
    return Offered(to, Words(it=it, en=en))


Lists = dict[str, tuple[Offered, ...]]
LATER = _offered("later", "Altri orari", "Other times")
DAY = _offered("day", "Da un altro giorno", "From another day")
OTHER = _offered("other", "Un'altra visita", "Another visit")
_VISITS: Lists = {
    "visits": (_offered("sample-visit", "gio 3 dic, 09:30 · Cardiologia", "Thu 3 Dec, 09:30 · Cardiology"), OTHER)
}
_KINDS: Lists = {"kinds": (_offered("sample-kind", "Cardiologia: controllo", "Cardiology: check-up"), OTHER)}
_TIMES: Lists = {"times": (_offered("1", "ven 4 dic, 10:00 · Dott.ssa Neri", "Fri 4 Dec, 10:00 · Dr Neri"), LATER, DAY)}
_WISHES: Lists = {"wishes": (_offered("sample-wish", "Visita cardiologica", "Heart check-up"),)}
_OFFER = {"offer": "sample", "offer_told": "gio 3 dic, 09:30", "offer_until": "mer 2 dic, 12:00"}
_WAITS = Outcome("done", {"waiting_told": "Visita cardiologica"})
_HELD = Outcome("held")
_DONE = Outcome("done", {"booked": "4 dicembre 2026, 10:00"})

OPERATIONS: dict[str, Operation] = {
    "visits.own": Operation(
        ("found", "none", "guest"), ("visits_told",), ("visits",),
        Outcome("found", {"visits_told": "gio 3 dic, 09:30 · Cardiologia"}, _VISITS),
    ),
    "visits.times": Operation(
        ("found", "none", "late", "gone"), ("times_after",), ("times",), Outcome("found", {}, _TIMES)
    ),
    "visits.hold": Operation(("held", "taken", "gone"), (), (), _HELD),
    "visits.move": Operation(("done", "taken", "busy", "late", "gone"), ("booked",), (), _DONE),
    "visits.cancel": Operation(("done", "late", "gone"), (), (), _DONE),
    "booking.kinds": Operation(("found", "none", "guest"), (), ("kinds",), Outcome("found", {}, _KINDS)),
    "booking.referral": Operation(("needed", "free"), (), (), Outcome("free")),
    "booking.number": Operation(("right", "wrong"), ("referral",), (), Outcome("right")),
    "booking.times": Operation(("found", "none", "gone"), ("times_after",), ("times",), Outcome("found", {}, _TIMES)),
    "booking.hold": Operation(("held", "taken", "gone"), (), (), _HELD),
    "booking.book": Operation(("done", "taken", "busy", "gone"), ("booked",), (), _DONE),
    "booking.series": Operation(
        ("found", "none", "wrong", "taken", "busy", "gone"), ("series_told", "further"), (),
        Outcome("found", {"series_told": "– ven 4 dic, 10:00\n– ven 11 dic, 10:00", "further": "2"}),
    ),
    "booking.book_series": Operation(("done", "taken", "busy", "gone"), ("booked",), (), _DONE),
    "booking.release": Operation(("done",), (), (), _DONE),
    "waiting.own": Operation(
        ("found", "none", "guest"), ("waiting_told",), ("wishes",),
        Outcome("found", {"waiting_told": "– Visita cardiologica"}, _WISHES),
    ),
    "waiting.offers": Operation(
        ("found", "none", "guest"), ("offer", "offer_told", "offer_until"), (), Outcome("found", _OFFER)
    ),
    "waiting.join": Operation(("done", "already", "gone"), ("waiting_told",), (), _WAITS),
    "waiting.earlier": Operation(("done", "already", "late", "gone"), ("waiting_told",), (), _WAITS),
    "waiting.sooner": Operation(
        ("found", "none", "gone"), ("sooner_told",), (), Outcome("found", {"sooner_told": "mar 1 dic, 09:30"})
    ),
    "waiting.withdraw": Operation(("done", "gone"), (), (), _DONE),
    "waiting.accept": Operation(("done", "lapsed", "gone"), ("booked",), (), _DONE),
    "waiting.decline": Operation(("done", "gone"), (), (), _DONE),
}  # fmt: skip
