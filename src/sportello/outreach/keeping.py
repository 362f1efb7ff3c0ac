"""Mails to a patient about appointments: to which address, when, whether they were sent."""

from sportello.administration.privacy.holdings import Holding, Table, holdings
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.outreach.contacts import STATES
from sportello.outreach.wording import KINDS

_TABLES = [
    Table("outreach.task", {"patient": "patient", "appointment": "appointment"}, at="at"),
    Table("outreach.preference", {"patient": "patient"}, None, N_("Wishes about mails"),
          {"reminders": N_("Reminders"), "language": N_("Language"), "changed_at": N_("Changed on")}, "changed_at",
          codes={"language": {"it": N_("Italian"), "en": N_("English")}}),
    Table("outreach.message", {"appointment": "appointment", "patient": "patient"},
          {"recipient": "", "patient": "", "details": {}, "envelope": None}, N_("Mails that were sent"),
          {"created_at": N_("Written on"), "kind": N_("About"), "recipient": N_("To"), "status": N_("Status"),
           "sent_at": N_("Sent on")}, "created_at", codes={"kind": KINDS, "status": STATES}),
]  # fmt: skip


def hold(house: House) -> None:
    """Says what this room holds."""
    holdings(house).append(Holding("outreach", "letter", _TABLES))
