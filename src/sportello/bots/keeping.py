"""What the assistant remembered of a patient's words; how its turns went stays for the statistics."""

from sportello.administration.privacy.holdings import Holding, Table, holdings
from sportello.kit.house import House

_TABLES = [
    Table("bots.session", {"conversation": "conversation"}, {"memory": {}}, at="last_at"),
    Table("bots.turn", {"conversation": "conversation"}, {"memory_before": {}, "heard": [], "advice": None}, at="at"),
]


def hold(house: House) -> None:
    """Says what this room holds."""
    holdings(house).append(
        Holding("bots", "conversation", _TABLES, covers=("bots.feedback", "bots.stay", "bots.model_call"))
    )
