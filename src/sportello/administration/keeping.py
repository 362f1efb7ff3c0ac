"""What administration itself holds of patients: copies that were made of their data, and marks on their logical id.

The audit trail stays whole: it names patients by the logical id alone, and a hospital must be able to say who looked
at what (GDPR, Article 5(2); Garante, 4 June 2015: at least 24 months).
"""

from sportello.administration.privacy.holdings import Holding, Table, holdings
from sportello.kit.house import House
from sportello.kit.i18n import N_

_TABLES = [
    Table("administration.data_copy", {"patient": "patient"}, {"content": None, "state": "gone", "why": ""},
          N_("Copies of these data"), {"asked_at": N_("Asked on"), "fetched_at": N_("Downloaded on")}, "asked_at"),
    Table("administration.legal_hold", {"patient": "patient", "conversation": "conversation"}, {"reason": "—"},
          at="at"),
]  # fmt: skip
_COVERS = ("administration.audit_event", "administration.erasure", "administration.erasure_step")


def hold(house: House) -> None:
    """Says what this room holds."""
    holdings(house).append(Holding("administration", "account", _TABLES, _COVERS))
