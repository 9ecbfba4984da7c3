"""The wire between a peripheral that wants data moved and the DMA channel that moves it."""

from __future__ import annotations

from collections.abc import Callable


class DmaRequest:
    """A request line; `served_by` are channels, each called when the line rises."""

    def __init__(self) -> None:
        self.level = False
        self.served_by: list[Callable[[], None]] = []

    def set(self, level: bool) -> None:
        rises = level and not self.level
        self.level = level
        if rises:
            for serve in self.served_by:
                serve()
