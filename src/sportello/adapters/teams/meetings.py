"""The maker of meetings in Teams: one for each visit, re-dated when it moves, deleted when it is off.

The subject names the hospital and nothing of the patient: organisers' mailboxes and lists of meetings show it.
"""

import httpx

from sportello.adapters.teams import store
from sportello.adapters.teams.graph import Graph, Tokens
from sportello.adapters.teams.store import Meeting
from sportello.adapters.teams.terms import Terms, terms_of
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.ports import MeetingFailed

KEY = "teams"
NOT_SET = N_("Teams is not set up.")


class TeamsMeetings:
    """Scheduling's port, by Microsoft Graph."""

    name = N_("Microsoft Teams")

    def __init__(self) -> None:
        self.tokens = Tokens()

    async def make(self, house: House, appointment: Appointment) -> str:
        """The meeting's address; the same one after a move, at the new time."""
        terms, known = await self._look(house, appointment)
        if not terms.complete:
            raise MeetingFailed(NOT_SET)
        starts, ends = appointment.starts, appointment.ends
        assert starts is not None
        assert ends is not None
        clinic, language = house.settings.clinic, house.settings.clinic.languages[0]
        async with httpx.AsyncClient() as http:
            graph = Graph(http, terms, self.tokens)
            if known is None:
                subject = translate(language, "Appointment – %(clinic)s", clinic=clinic.name)
                found = await graph.create_or_get(str(appointment.id), subject, starts, ends)
                known = Meeting(
                    terms.organiser, found.id, found.join_web_url, found.start_date_time or starts,
                    found.end_date_time or ends,
                )  # fmt: skip
                await self._keep(house, appointment, known)
            if (known.starts, known.ends) != (starts, ends):
                await graph.redate(known.meeting, starts, ends, known.organiser)
                known = Meeting(known.organiser, known.meeting, known.join_url, starts, ends)
                await self._keep(house, appointment, known)
        return known.join_url

    async def end(self, house: House, appointment: Appointment) -> None:
        """Deletes the meeting, if there is one."""
        terms, known = await self._look(house, appointment)
        if known is None:
            return
        async with httpx.AsyncClient() as http:
            await Graph(http, terms, self.tokens).delete(known.meeting, known.organiser)
        await house.db.run(lambda tx: store.forget(tx, appointment.id))

    async def _look(self, house: House, appointment: Appointment) -> tuple[Terms, Meeting | None]:
        async def work(tx: Transaction) -> tuple[Terms, Meeting | None]:
            return await terms_of(house, tx), await store.meeting(tx, appointment.id)

        return await house.db.run(work)

    async def _keep(self, house: House, appointment: Appointment, one: Meeting) -> None:
        await house.db.run(lambda tx: store.keep(tx, appointment.id, one))
