"""The plan in force, and the one way to put another in force: whole, faultless, on the version it was made from."""

from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.routing.engine.agents import Abilities
from sportello.routing.plan.faults import Fault, faults
from sportello.routing.plan.parts import FIRST_PLAN, Plan
from sportello.routing.store import plans
from sportello.routing.store.offers import Reader
from sportello.routing.store.plans import Version


class PlanRefused(Exception):
    """A plan that cannot be published: `faults` say why, each at its place."""

    def __init__(self, found: list[Fault]) -> None:
        super().__init__("a plan with faults")
        self.faults = found


class PlanMovedOn(Exception):
    """Somebody published another version since this one was begun; `number` is theirs."""

    message = N_("Somebody else has published another version meanwhile.")

    def __init__(self, number: int) -> None:
        super().__init__("another version was published meanwhile")
        self.number = number


class Plans:
    """This process's copy of the plan in force; a version is read once, then only its number is asked for."""

    def __init__(self) -> None:
        self.number = 0
        self.plan = FIRST_PLAN
        self._abilities: tuple[Plan, Abilities] | None = None

    def abilities(self, plan: Plan) -> Abilities:
        """Who can do what by a plan; worked out once for the one in force."""
        if self._abilities is None or self._abilities[0] is not plan:
            self._abilities = plan, Abilities(plan)
        return self._abilities[1]


async def current(house: House, reader: Reader) -> Plan:
    """The plan in force, one small query; before anything was published, the first one."""
    kept: Plans = house.port(Plans)
    number = await plans.latest_number(reader)
    if number != kept.number and (found := await plans.version(reader, number)):
        kept.number, kept.plan = number, found.plan
    return kept.plan


async def publish(house: House, tx: Transaction, actor: Actor, plan: Plan, *, based_on: int, note: str) -> Version:
    """Puts a plan in force for whatever happens from now on. Raises PlanRefused, or PlanMovedOn and keeps the other's.

    `based_on` is the number of the version it was made from (0 when there was none). Undo is publishing an older one.
    """
    if found := faults(plan):
        raise PlanRefused(found)
    latest = await plans.latest_number(tx)
    made = Version(
        latest + 1, plan, house.clock.now(), UUID(actor.id) if actor.kind == "staff" else None, actor.name, note
    )
    if latest != based_on or not await plans.insert(tx, made):
        raise PlanMovedOn(await plans.latest_number(tx))
    await house.jobs.enqueue(tx, "routing.replan", {}, dedupe_key="routing.replan")
    await audit.record(house, tx, actor, "routing.published", entity=str(made.number), detail={"note": note})
    return made
