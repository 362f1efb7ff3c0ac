"""What bots elsewhere, and channels of others, left of a patient's conversations."""

from sportello.adapters.remote_fhir import keeping as remote
from sportello.administration.privacy.holdings import Holding, Table, holdings
from sportello.kit.house import House

_TABLES = [
    Table("adapters.bot_trace", {"conversation": "conversation"}, {"shown": ""}, at="at"),
    Table("adapters.bot_session", {"conversation": "conversation"}, {"memory": {}, "guard": {}}, at="opened_at"),
    Table("adapters.direct_line_activity", {"conversation": "conversation"}),
    Table("adapters.direct_line_talk", {"conversation": "conversation"}, {"user_id": ""}, at="created_at"),
]


_CACHED = [
    Table("adapters.remote_resource", {"patient": "patient"}, at="fetched_at"),
    Table("adapters.remote_answer", {"about": "patient"}, at="asked_at"),
]
_MEETINGS = [
    Table("adapters.teams_meeting", {"appointment": "appointment"}, at="starts"),
    Table("adapters.booking_patient", {"patient": "patient"}, at="found_at"),
]


def hold(house: House) -> None:
    """Says what this room holds."""
    holdings(house).append(
        Holding("adapters", "record", _CACHED, told=remote.told, erased=remote.erased, elsewhere=remote.elsewhere)
    )
    holdings(house).append(Holding("adapters", "appointment", _MEETINGS))
    holdings(house).append(
        Holding("adapters", "conversation", _TABLES, covers=("adapters.bot_inbox", "adapters.bot_outbox"))
    )
