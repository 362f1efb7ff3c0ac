"""Installs every adapter that has an `install.py`; deleting an adapter's folder is all it takes to be rid of it."""

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

from sportello.adapters import keeping
from sportello.kit.house import House


def _adapters() -> list[ModuleType]:
    folders = sorted(file.parent.name for file in Path(__file__).parent.glob("*/install.py"))
    return [importlib.import_module(f"sportello.adapters.{name}.install") for name in folders]


ROUTES: list[Any] = [route for adapter in _adapters() for route in getattr(adapter, "ROUTES", [])]


def install(house: House) -> None:
    keeping.hold(house)
    for adapter in _adapters():
        adapter.install(house)


async def start(house: House) -> None:
    """Those that have something running."""
    for adapter in _adapters():
        if begin := getattr(adapter, "start", None):
            await begin(house)
