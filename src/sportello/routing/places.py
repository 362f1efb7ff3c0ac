"""How many units agents have and how many are taken: the snapshot from which the next one is chosen."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sportello.administration import store as administration
from sportello.conversations.store import Conversation, lists
from sportello.kit.database import Database, Transaction
from sportello.kit.house import House
from sportello.routing import planning
from sportello.routing.engine.agents import Agent, may_be_asked, units_used
from sportello.routing.plan.parts import Member, Plan
from sportello.routing.store import offers, presences
from sportello.routing.store.presences import Standing

Reader = Database | Transaction


class Logins:
    """Sign-in names by staff, as far as this process has met them: they never change."""

    def __init__(self) -> None:
        self._known: dict[UUID, str] = {}

    async def of(self, reader: Reader, staff: Collection[UUID]) -> dict[UUID, str]:
        """The names of at least these."""
        if any(one not in self._known for one in staff):
            self._known = await administration.logins(reader)
        return self._known


class Members:
    """Members of one plan by sign-in name."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._named = {one.login: one for one in plan.members}

    def of(self, login: str) -> Member:
        return self._named.get(login) or self.plan.member(login)


def free_after_work(plan: Plan) -> list[str]:
    """The channels whose after-work takes no place."""
    return [c for stream in plan.workstreams if not stream.timers.wrap_up_takes_place for c in stream.channels]


async def works(
    reader: Reader, plan: Plan, staff: Collection[UUID] | None = None, *, also_ringing: bool = True
) -> dict[UUID, dict[str, int]]:
    """Everybody's works by channel (or of these): what rings, is talked, and is written up after.

    Offers are counted before talks: what is accepted in between counts twice, never not at all.
    """
    ringing = await offers.ringing(reader, staff) if also_ringing else []
    found = await lists.loads(reader, staff, free_after_work(plan))
    for agent, channel, number in ringing:
        of_agent = found.setdefault(agent, {})
        of_agent[channel] = of_agent.get(channel, 0) + number
    return found


async def members(house: House, reader: Reader, staff: Collection[UUID]) -> dict[UUID, Member]:
    """What each of these serves and can do."""
    of_plan = Members(await planning.current(house, reader))
    logins = await house.port(Logins).of(reader, staff)
    return {one: of_plan.of(logins.get(one, "")) for one in staff}


async def agents(
    house: House, tx: Transaction, only: UUID | None = None, *, also_full: bool = True
) -> dict[UUID, Agent]:
    """Everybody who is not Offline, or the one; without `also_full` those with nothing free are left out."""
    plan = await planning.current(house, tx)
    one = await presences.standing(tx, only) if only else None
    standing = [one] if one else [] if only else await presences.present(tx)
    taken = await works(tx, plan, [only] if only else None)
    who = await members(house, tx, [each.staff for each in standing])
    since = house.clock.now() - timedelta(seconds=plan.line_grace_seconds)
    also_full = also_full or any(stream.units == 0 for stream in plan.workstreams)
    found = {}
    for each in standing:
        works_now = taken.get(each.staff)
        used, together = units_used(plan, works_now) if works_now else ({}, 0)
        if together >= who[each.staff].units and not also_full:
            continue
        found[each.staff] = Agent(
            each.staff, who[each.staff], each.presence.value, each.ready_at, each.idle_since, each.own,
            each.lost_at is None or each.lost_at > since, each.given_at, used, together,
        )  # fmt: skip
    return found


async def agent(house: House, tx: Transaction, staff: UUID) -> Agent | None:
    """One agent with what they have, held until the transaction ends so that nothing else is given to them."""
    await presences.hold(tx, [staff])
    return (await agents(house, tx, staff)).get(staff)


async def may_have(house: House, tx: Transaction, staff: UUID, talk: Conversation) -> bool:
    """Whether an agent is there and has a place for a conversation; if so it stays so until the transaction ends."""
    stream = (await planning.current(house, tx)).workstream(talk.channel)
    there = await agent(house, tx, staff)
    return there is not None and may_be_asked(there, stream, talk.channel)


async def loads(house: House, reader: Reader, standing: Collection[Standing]) -> dict[UUID, tuple[int, int]]:
    """Of each agent the units taken by work, without what rings, and the units they have."""
    plan = await planning.current(house, reader)
    taken = await works(reader, plan, [one.staff for one in standing], also_ringing=False)
    who = await members(house, reader, [one.staff for one in standing])
    return {
        one.staff: (units_used(plan, taken.get(one.staff, {}))[1], who[one.staff].units) for one in standing
    }  # fmt: skip
