"""Wires ClamAV as the scanner of files when its host is set."""

from sportello.adapters.clamav.scanner import ClamavScanner
from sportello.conversations.ports import FileScanner
from sportello.kit.house import House


def install(house: House) -> None:
    """The daemon is `settings.clamav`; without a host files stay unscanned, and the settings' screen says so."""
    if house.settings.clamav.host:
        house.ports.setdefault(FileScanner, ClamavScanner(house.settings.clamav))
