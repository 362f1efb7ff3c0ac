"""Has the house's keys sealed."""

from sportello.adapters.keys import renew
from sportello.kit.house import House
from sportello.kit.security.sealing import keeps_secrets


def install(house: House) -> None:
    """Each key is made when it is first needed."""
    keeps_secrets(house, renew)
