"""What may happen to an appointment: every path of events keeps to the moves that are written down."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.scheduling.codes import AppointmentStatus, CancelReason, Channel, SlotStatus
from sportello.scheduling.rules import (
    CANCELLABLE,
    KEEPS_ITS_SLOT,
    MOVABLE,
    MOVES,
    IllegalMove,
    Movable,
    common_prefix,
    moved,
    next_link_try,
    offer_until,
    status_when_scheduled,
    straight_line,
    why_not_movable,
)

S = AppointmentStatus


def test_an_offer_stands_from_when_its_letter_may_go() -> None:
    evening, morning = datetime(2026, 11, 23, 22, tzinfo=UTC), datetime(2026, 11, 24, 7, tzinfo=UTC)
    far, near = morning + timedelta(days=2), morning + timedelta(minutes=20)
    assert offer_until(evening, evening, 60, far, called=False) == evening + timedelta(hours=1)
    assert offer_until(evening, morning, 60, far, called=False) == morning + timedelta(hours=1)
    assert offer_until(evening, morning, 600, morning + timedelta(hours=3), called=False) == morning + timedelta(
        minutes=165
    )
    assert offer_until(evening, morning, 60, near, called=False) is None  # five minutes after the letter
    assert offer_until(evening, morning, 60, near, called=True) == morning + timedelta(minutes=5)
    assert offer_until(near, near, 60, near + timedelta(minutes=29), called=True) is None


def test_every_status_has_its_moves_and_its_code() -> None:
    assert set(MOVES) == set(S)
    assert {one.value for one in S} == {
        "proposed", "pending", "booked", "arrived", "fulfilled", "cancelled", "noshow", "entered-in-error",
        "checked-in", "waitlist",
    }  # fmt: skip
    assert {one.value for one in SlotStatus} == {
        "busy", "free", "busy-unavailable", "busy-tentative", "entered-in-error",
    }  # fmt: skip
    assert {one.value for one in CancelReason} >= {"pat", "prov", "maint", "meds-inc", "other"}


@given(start=st.sampled_from(list(Channel)), wishes=st.lists(st.sampled_from(list(S)), max_size=12))
def test_no_path_brings_back_what_is_over(start: Channel, wishes: list[S]) -> None:
    status, over = status_when_scheduled(start), False
    for wish in wishes:
        if wish in MOVES[status]:
            status = moved(status, wish)
        else:
            with pytest.raises(IllegalMove):
                moved(status, wish)
        assert not (over and status in KEEPS_ITS_SLOT), "a visit that is over holds a slot again"
        over = over or status in (S.CANCELLED, S.NO_SHOW, S.ENTERED_IN_ERROR)


@given(st.sampled_from(list(S)))
def test_what_can_be_moved_can_be_cancelled(status: S) -> None:
    assert status not in MOVABLE or status in CANCELLABLE


@pytest.mark.parametrize("channel", list(Channel))
def test_only_a_visit_in_person_is_booked_at_once(channel: Channel) -> None:
    assert status_when_scheduled(channel) == (S.PENDING if channel is Channel.VIRTUAL else S.BOOKED)


def test_a_reschedule_names_what_is_missing() -> None:
    assert why_not_movable(Movable(S.BOOKED, "bassi", "centro", Channel.IN_PERSON)) is None
    assert "practitioner" in (why_not_movable(Movable(S.BOOKED, None, "centro", Channel.IN_PERSON)) or "")
    assert "location" in (why_not_movable(Movable(S.BOOKED, "bassi", None, Channel.IN_PERSON)) or "")
    assert "virtual" in (why_not_movable(Movable(S.BOOKED, "bassi", "centro", None)) or "")
    assert "no longer" in (why_not_movable(Movable(S.CANCELLED, "bassi", "centro", Channel.IN_PERSON)) or "")


def test_the_link_makers_patience_ends() -> None:
    assert next_link_try(1)
    assert next_link_try(99) is None


def test_distances_and_prefixes() -> None:
    ferrara, comacchio = (44.836, 11.619), (44.694, 12.183)
    assert 46 < straight_line(ferrara, comacchio) < 48
    assert straight_line(ferrara, ferrara) == 0
    assert common_prefix("44121", "44022") == 2
