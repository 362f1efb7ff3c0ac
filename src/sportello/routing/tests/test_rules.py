"""Who is asked: properties of the choice over any snapshot."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sportello.routing.rules import Candidate, Presence, choose, fit

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
moments = st.integers(0, 3600).map(lambda seconds: NOON - timedelta(seconds=seconds))


@st.composite
def snapshots(draw: st.DrawFn) -> tuple[list[Candidate], dict[UUID, datetime]]:
    number = draw(st.integers(0, 6))
    candidates = [
        Candidate(
            UUID(int=n),
            draw(st.sampled_from(Presence)),
            draw(st.integers(0, 3)),
            draw(st.integers(0, 3)),
            draw(moments),
            draw(moments),
            draw(st.booleans()),
        )
        for n in range(number)
    ]
    refused = {c.staff: draw(moments) for c in candidates if draw(st.booleans())}
    return candidates, refused


@given(snapshots())
def test_who_is_chosen_can_serve_and_nobody_is_better_placed(
    snapshot: tuple[list[Candidate], dict[UUID, datetime]],
) -> None:
    candidates, refused = snapshot
    chosen = choose(candidates, refused)
    able = [c for c in candidates if fit(c, refused)]
    if chosen is None:
        assert able == []
        return
    assert chosen.presence is Presence.AVAILABLE
    assert chosen.alive
    assert chosen.load < chosen.places
    assert chosen.staff not in refused or refused[chosen.staff] < chosen.ready_at
    for other in able:
        assert (chosen.load, chosen.idle_since) <= (other.load, other.idle_since)


@given(snapshots(), st.randoms())
def test_the_order_of_the_snapshot_does_not_matter(
    snapshot: tuple[list[Candidate], dict[UUID, datetime]], random: object
) -> None:
    candidates, refused = snapshot
    shuffled = list(candidates)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose(candidates, refused) == choose(shuffled, refused)


def _agent(number: int, **more: object) -> Candidate:
    values: dict[str, object] = {"load": 0, "ready_at": NOON, "idle_since": NOON} | more
    return Candidate(UUID(int=number), Presence.AVAILABLE, 5, **values)  # type: ignore[arg-type]


def test_the_longest_idle_of_the_least_loaded_is_asked() -> None:
    busy = _agent(1, load=1, idle_since=NOON - timedelta(hours=1))
    fresh, rested = _agent(2), _agent(3, idle_since=NOON - timedelta(minutes=1))
    assert choose([busy, fresh, rested], {}) == rested


def test_who_said_no_is_asked_again_only_after_becoming_ready_anew() -> None:
    one = _agent(1, ready_at=NOON)
    assert choose([one], {one.staff: NOON + timedelta(seconds=1)}) is None
    assert choose([one], {one.staff: NOON - timedelta(seconds=1)}) == one
