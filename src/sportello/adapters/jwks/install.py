"""Wires the fetching of keys."""

from sportello.adapters.jwks.fetching import Fetcher
from sportello.fhir.ports import KeySource
from sportello.kit.house import House


def install(house: House) -> None:
    """Nothing is fetched before a system with an address for its keys asks for a token."""
    house.ports.setdefault(KeySource, Fetcher(house.clock))
