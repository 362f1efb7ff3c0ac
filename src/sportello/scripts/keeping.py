"""Which articles were sent in a patient's conversations, which scripts were gone through: no words of theirs."""

from sportello.administration.privacy.holdings import Holding, Table, holdings
from sportello.kit.house import House
from sportello.kit.i18n import N_

_TABLES = [
    Table("scripts.sending", {"conversation": "conversation"}, {}, N_("Articles sent"),
          {"at": N_("Sent on"), "article": N_("Article"), "version": N_("Version"), "language": N_("Language")}, "at"),
]  # fmt: skip


def hold(house: House) -> None:
    """Says what this room holds."""
    holdings(house).append(Holding("scripts", "conversation", _TABLES, covers=("scripts.run", "scripts.choice")))
