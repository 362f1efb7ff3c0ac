"""Plugs routing in: it hears who waits and who becomes free, keeps presence alive, and makes the offers."""

from typing import Any

from sportello.administration.permissions import Permission
from sportello.conversations.events import ConversationOpened, Moved, PatientsWrote
from sportello.conversations.ports import Placing, Reopening
from sportello.conversations.states import State
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.record.events import MergeUndone, PatientsMerged
from sportello.routing import api, fullness, keeping, merged_patients, noticing, placing, sharing_api, telling, timing
from sportello.routing.assigning import Assigner, follow_words, look_soon
from sportello.routing.events import OfferMade
from sportello.routing.lapsing import sweep
from sportello.routing.lines import Lines
from sportello.routing.offering import settle
from sportello.routing.places import Logins
from sportello.routing.placing import place
from sportello.routing.plan_files import PlanFiles
from sportello.routing.plan_pages import PlanPages
from sportello.routing.planning import Plans
from sportello.routing.reopening import reopen
from sportello.routing.store import offers, presences
from sportello.routing.telling import Teller
from sportello.web.site_map import RUN, Place, site_map

ROUTES: list[Any] = [*api.ROUTES, *sharing_api.ROUTES, PlanPages, PlanFiles]
PLACE = Place(
    "routing", N_("Routing"), "queue", ("/desk/routing",), RUN, (Permission.SETTINGS_CHANGE, Permission.SUPERVISE),
    N_("queues skills workstreams opening hours capacity people"),
)  # fmt: skip
_HOLDS_A_PLACE = (State.ACTIVE, State.WRAP_UP)


def install(house: House) -> None:
    """What makes an offer possible is heard here (presence asks by itself)."""
    keeping.hold(house)
    house.ports[Assigner] = Assigner()
    house.ports[Lines] = Lines()
    house.ports[Plans] = Plans()
    house.ports[Logins] = Logins()
    house.ports[Placing] = place
    house.ports[Teller] = Teller()
    site_map(house).add(PLACE)
    house.ports[Reopening] = reopen
    house.news.subscribe(PatientsWrote, follow_words)
    house.news.subscribe(ConversationOpened, placing.follow_openings)
    house.news.subscribe(Moved, placing.follow_moves)
    house.news.subscribe(Moved, follow_moves)
    house.news.subscribe(Moved, telling.follow_moves)
    house.news.subscribe(Moved, timing.follow_moves)
    house.news.subscribe(Moved, fullness.follow_moves)
    house.news.subscribe(PatientsMerged, merged_patients.follow_merge)
    house.news.subscribe(MergeUndone, merged_patients.follow_undo)
    house.news.subscribe(OfferMade, noticing.accept_by_itself)


async def follow_moves(house: House, tx: Transaction, event: Moved) -> None:
    """An offered conversation that ended stops ringing; a queue or a free place is reason to look."""
    if event.source is State.OFFERED and (ringing := await offers.open_offer(tx, event.conversation)):
        await settle(house, tx, ringing, "withdrawn")
    held = event.former is not None and event.source in _HOLDS_A_PLACE
    if held and not (event.agent == event.former and event.target in _HOLDS_A_PLACE):
        assert event.former is not None
        await presences.freed(tx, event.former, house.clock.now())
        look_soon(house, tx)
    elif event.target is State.QUEUED:
        look_soon(house, tx)


async def start(house: House) -> None:
    """After a restart: offers whose time ran out meanwhile end, and everybody who waits is looked at."""
    await sweep(house)
    await house.db.run(lambda tx: house.jobs.enqueue(tx, "routing.quiet-all", {}, dedupe_key="routing.quiet-all"))
    house.tasks.start(house.port(Assigner).run(house), name="assigner")
    house.tasks.start(house.port(Teller).run(house), name="teller")
    house.tasks.start(house.port(Lines).run(house), name="lines")
