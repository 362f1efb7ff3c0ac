"""Agents' sessions on a patient's conversation, with drafts that were not sent."""

from sportello.administration.privacy.holdings import Holding, Table, holdings
from sportello.kit.house import House

_TABLES = [Table("desk.session", {"conversation": "conversation"}, at="opened_at")]


def hold(house: House) -> None:
    """Says what this room holds."""
    holdings(house).append(Holding("desk", "conversation", _TABLES))
