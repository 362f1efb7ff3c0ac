"""Wishes of patients to be called back; what else this room keeps of a conversation is numbers."""

from sportello.administration.privacy.holdings import Holding, Table, holdings
from sportello.kit.house import House
from sportello.kit.i18n import N_

_TABLES = [
    Table("routing.callback", {"patient_id": "patient", "conversation": "conversation", "work": "conversation"}, None,
          N_("Wishes to be called back"),
          {"asked_at": N_("Asked on"), "name": N_("Name"), "phone": N_("Telephone"), "wished": N_("When"),
           "topic": N_("Topic")}, "asked_at"),
]  # fmt: skip


def hold(house: House) -> None:
    """Says what this room holds."""
    holdings(house).append(Holding("routing", "conversation", _TABLES, covers=("routing.offer", "routing.placement")))
