"""Wires the bus when `bus.url` names a NATS server."""

from sportello.adapters.nats.bus import NatsBus
from sportello.kit.house import House


def install(house: House) -> None:
    if house.settings.bus.url:
        house.streams.carry(NatsBus(house.settings.bus.url))
