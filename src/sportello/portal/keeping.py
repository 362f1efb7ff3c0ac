"""A patient's account, and the browsers that they were signed in with."""

from sportello.administration.privacy.holdings import Holding, Table, holdings
from sportello.kit.house import House
from sportello.kit.i18n import N_

_TABLES = [
    Table("portal.chat", {"patient_id": "patient", "conversation": "conversation"}, at="created_at"),
    Table("portal.session", {"patient_id": "patient"}, at="created_at"),
    Table("portal.account", {"patient_id": "patient"}, None, N_("Account"),
          {"login": N_("Login"), "language": N_("Language"), "created_at": N_("Made on")}, "created_at",
          codes={"language": {"it": N_("Italian"), "en": N_("English")}}),
]  # fmt: skip


def hold(house: House) -> None:
    """Says what this room holds."""
    holdings(house).append(Holding("portal", "account", _TABLES))
