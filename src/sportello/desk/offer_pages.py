"""Doors of offers."""

from typing import Any

ROUTES: list[Any] = []
