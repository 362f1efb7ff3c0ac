"""Files of FHIR in folders, in an order that stays the same."""

from collections.abc import Iterable, Iterator
from pathlib import Path


def found(places: Iterable[Path]) -> Iterator[Path]:
    """The files named, and every .json file beneath the folders named."""
    for place in places:
        if place.is_dir():
            yield from sorted(file for file in place.rglob("*.json") if file.is_file())
        else:
            yield place
