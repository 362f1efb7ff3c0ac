"""Mails that the demo's own catcher took."""

from sportello.administration.privacy.holdings import Holding, Table, holdings
from sportello.kit.house import House

_TABLES = [Table("demo.mail", {"recipients": "address"}, at="received_at")]


def hold(house: House) -> None:
    """Says what this room holds."""
    holdings(house).append(Holding("demo", "letter", _TABLES))
