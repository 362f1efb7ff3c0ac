"""What privacy officers call that which the rooms hold of a patient: rows of tables are told in words."""

from collections.abc import Iterable, Mapping

from sportello.administration.privacy.holdings import Sum
from sportello.kit.i18n import N_, translate
from sportello.record.sources import PARTS

TABLES: Mapping[str, str] = {
    "adapters.bot_session": N_("Sessions of connected assistants"),
    "adapters.bot_trace": N_("Traces of connected assistants"),
    "adapters.direct_line_activity": N_("Messages of connected chat programs"),
    "adapters.direct_line_talk": N_("Conversations of connected chat programs"),
    "adapters.remote_answer": N_("Copies of answers of the hospital's own system"),
    "adapters.booking_patient": N_("Ids in the system that keeps the calendars"),
    "adapters.remote_resource": N_("Copies of the hospital's own record"),
    "adapters.teams_meeting": N_("Video visits"),
    "administration.data_copy": N_("Copies of all data"),
    "administration.legal_hold": N_("Legal holds"),
    "bots.session": N_("Conversations with the assistant"),
    "bots.turn": N_("The assistant's turns"),
    "conversations.conversation": N_("Conversations"),
    "conversations.invitation": N_("Invitations"),
    "conversations.mailing": N_("Conversations sent by mail"),
    "conversations.redaction": N_("Passages made unreadable"),
    "demo.mail": N_("Mails of the demonstration"),
    "desk.session": N_("Work sessions at the desk"),
    "fhir history": N_("Former versions of entries"),
    "fhir references": N_("Mentions in the records of others"),
    "kit.event": N_("Messages and events of conversations"),
    "outreach.message": N_("Mails and messages sent"),
    "outreach.preference": N_("Wishes about reminders and surveys"),
    "outreach.task": N_("Reminders and surveys to come"),
    "portal.account": N_("Portal account"),
    "portal.chat": N_("Chats of the portal"),
    "portal.session": N_("Sign-ins at the portal"),
    "record.merge": N_("Merged records"),
    "record.obscuring": N_("Obscured items"),
    "record.opening": N_("Openings in an emergency"),
    "record.team_message": N_("Messages to the care team"),
    "routing.callback": N_("Callbacks"),
    "scheduling.appointment": N_("Appointments"),
    "scheduling.appointment_change": N_("Changes of appointments"),
    "scheduling.delegate": N_("People who book for the patient"),
    "scheduling.elsewhere_order": N_("Bookings in another system"),
    "scheduling.elsewhere_series": N_("Series changed in another system"),
    "scheduling.elsewhere_visit": N_("Visits known from another system"),
    "scheduling.visit_room": N_("Rooms of video visits"),
    "scheduling.waiting": N_("Waiting list"),
    "scheduling.wish": N_("Wishes for appointments"),
    "scheduling.wizard": N_("Bookings begun"),
    "scripts.sending": N_("Documents sent from scripts"),
}


def told(sums: Iterable[Sum], language: str) -> dict[str, int]:
    """Numbers of what is held by their names in the reader's language; a type of FHIR without a name goes by FHIR's."""
    found: dict[str, int] = {}
    for one in sums:
        kind = one.part.removeprefix("fhir ")
        name = translate(language, TABLES.get(one.part) or PARTS.get(kind) or kind)
        found[name] = found.get(name, 0) + one.rows
    return found
