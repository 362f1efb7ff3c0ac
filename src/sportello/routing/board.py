"""The read model of the ongoing-conversations board: every conversation that is not closed, with whoever has it."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from sportello.conversations.states import State
from sportello.conversations.store import Ongoing, count_by_state, ongoing
from sportello.kit.house import House
from sportello.routing import reading
from sportello.routing.store import offers
from sportello.routing.store.offers import Reader


class BoardRow(Struct, frozen=True):
    """One conversation on the board. No words of the talk are here: those are opened, and their opening recorded.

    `agent` has it, `offered_to` is asked until `expires_at`; `waiting_since` is since when the patient waits for a
    person; `last_by` spoke last (patient, bot, agent, system) at `last_activity_at`.
    """

    id: UUID
    state: State
    visitor_name: str
    patient_id: str | None
    language: str
    channel: str
    topic: str
    reason: str
    priority: int
    queue: str
    agent: UUID | None
    agent_name: str
    offered_to: UUID | None
    expires_at: datetime | None
    created_at: datetime
    state_since: datetime
    waiting_since: datetime | None
    last_by: str
    last_activity_at: datetime


class Board(Struct, frozen=True):
    """The rows, and how many conversations there are in each state, also beyond the rows shown."""

    rows: list[BoardRow]
    counts: dict[State, int]


async def board(house: House, reader: Reader, language: str, most: int = 200, wanted: Ongoing | None = None) -> Board:
    """The board as it stands, at most a second old: those who wait first, the longest wait on top, unless `wanted`
    says otherwise. The counts are of everything."""
    ringing = {one.conversation: one for one in await offers.open_offers(reader)}
    if wanted and wanted.agent:
        asked = tuple(one.conversation for one in ringing.values() if one.agent == wanted.agent)
        wanted = replace(wanted, asked=asked)
    names = await reading.queue_names(house, reader, language)
    rows = []
    for talk in await ongoing(reader, most, wanted):
        offer = ringing.get(talk.id)
        queue = names.get(talk.queue, talk.queue) if talk.queue else ""
        rows.append(
            BoardRow(
                id=talk.id,
                state=talk.state,
                visitor_name=talk.visitor_name,
                patient_id=talk.patient_id,
                language=talk.language,
                channel=talk.channel,
                topic=talk.topic,
                reason=talk.reason,
                priority=talk.priority,
                queue=queue,
                agent=talk.agent,
                agent_name=talk.agent_name,
                offered_to=offer.agent if offer else None,
                expires_at=offer.expires_at if offer else None,
                created_at=talk.created_at,
                state_since=talk.state_since,
                waiting_since=talk.waiting_since,
                last_by=talk.last_by.partition(":")[0],
                last_activity_at=talk.last_activity_at,
            )
        )
    return Board(rows, await count_by_state(reader))
