"""Forms as browsers and strangers send them."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from sportello.kit.forms import REQUIRED, convert


class Channel(StrEnum):
    IN_PERSON = "in-person"


class Booking(Struct):
    reason: Annotated[str, Meta(max_length=20)]
    day: date
    channel: Channel
    minutes: Annotated[int, Meta(ge=5, le=240)] = 30
    slot: UUID | None = None
    remind: bool = False


GOOD = {"reason": "Controllo", "day": "2026-11-23", "channel": "in-person"}


def test_texts_become_values() -> None:
    value, errors = convert({**GOOD, "minutes": "45", "remind": "yes", "slot": ""}, Booking)
    assert errors == {}
    assert value == Booking("Controllo", date(2026, 11, 23), Channel.IN_PERSON, 45, None, True)


def test_every_error_is_told_at_once() -> None:
    wrong = {"reason": "x" * 21, "day": "tomorrow", "channel": "by-pigeon", "minutes": "1", "slot": "1"}
    value, errors = convert(wrong, Booking)
    assert value is None
    assert errors == {
        "reason": "This text is too long.",
        "day": "Write a date.",
        "channel": "This choice is not known.",
        "minutes": "This number is outside what is allowed.",
        "slot": "This choice is not known.",
    }


def test_what_is_missing_is_told() -> None:
    _, errors = convert({"minutes": "many"}, Booking)
    assert errors == {"reason": REQUIRED, "day": REQUIRED, "channel": REQUIRED, "minutes": "Write a whole number."}


def test_an_unticked_box_is_no_error() -> None:
    value, _ = convert(GOOD, Booking)
    assert value is not None
    assert value.remind is False
