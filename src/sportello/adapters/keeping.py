"""What bots elsewhere, and channels of others, left of a patient's conversations."""

from sportello.administration.privacy.holdings import Holding, Table, holdings
from sportello.kit.house import House

_TABLES = [
    Table("adapters.bot_trace", {"conversation": "conversation"}, {"shown": ""}, at="at"),
    Table("adapters.bot_session", {"conversation": "conversation"}, {"memory": {}, "guard": {}}, at="opened_at"),
    Table("adapters.direct_line_activity", {"conversation": "conversation"}),
    Table("adapters.direct_line_talk", {"conversation": "conversation"}, {"user_id": ""}, at="created_at"),
]


def hold(house: House) -> None:
    """Says what this room holds."""
    holdings(house).append(
        Holding("adapters", "conversation", _TABLES, covers=("adapters.bot_inbox", "adapters.bot_outbox"))
    )
