"""How many places agents have and how many are taken: the snapshot from which the next one is chosen."""

from datetime import timedelta
from uuid import UUID

from sportello.conversations.store import lists
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.routing import planning
from sportello.routing.plan.parts import Plan
from sportello.routing.rules import Candidate
from sportello.routing.store import offers, presences


def free_after_work(plan: Plan) -> list[str]:
    """The channels whose after-work takes no place."""
    return [c for stream in plan.workstreams if not stream.timers.wrap_up_takes_place for c in stream.channels]


async def candidates(house: House, tx: Transaction) -> dict[UUID, Candidate]:
    """Everybody who is Available.

    Offers are counted before talks: what is accepted in between counts twice, never not at all.
    """
    plan = await planning.current(house, tx)
    since = house.clock.now() - timedelta(seconds=plan.line_grace_seconds)
    standing = await presences.available(tx)
    load: dict[UUID, int] = {}
    for one in await offers.open_offers(tx):
        load[one.agent] = load.get(one.agent, 0) + 1
    for agent, taken in (await lists.loads(tx, None, free_after_work(plan))).items():
        load[agent] = load.get(agent, 0) + taken
    return {
        s.staff: Candidate(
            s.staff,
            s.presence,
            s.places,
            load.get(s.staff, 0),
            s.ready_at,
            s.idle_since,
            s.lost_at is None or s.lost_at > since,
        )
        for s in standing
    }


async def candidate_of(house: House, tx: Transaction, staff: UUID) -> Candidate | None:
    """One agent, if Available."""
    return (await candidates(house, tx)).get(staff)
