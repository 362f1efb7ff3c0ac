"""Plugs the record into the house: its doors, and the embedded store unless the application wired another."""

from typing import Any

from sportello.kit.house import House
from sportello.record.embedded import EmbeddedRecord
from sportello.record.pages import ROUTES as PAGES
from sportello.record.ports import ClinicalRecord

ROUTES: list[Any] = [*PAGES]


def install(house: House) -> None:
    """The embedded record is the default; an adapter that was wired before stays."""
    house.ports.setdefault(ClinicalRecord, EmbeddedRecord())
