"""The port between processes: carries hints and passing frames, at most once; losing one costs delay, never data."""

from collections.abc import Callable
from typing import Protocol


class Bus(Protocol):
    """Best effort by contract: `publish` never raises and never waits."""

    carries: bool  # False when this process is alone

    async def start(self, installation: str, heard: Callable[[bytes], None]) -> None:
        """Connects; `heard` is called with every message of the other processes (its own may come back too)."""
        ...

    def publish(self, message: bytes) -> None: ...

    async def stop(self) -> None: ...


class NoBus:
    """One process: there is nobody to tell."""

    carries = False

    async def start(self, installation: str, heard: Callable[[bytes], None]) -> None:
        pass

    def publish(self, message: bytes) -> None:
        pass

    async def stop(self) -> None:
        pass
