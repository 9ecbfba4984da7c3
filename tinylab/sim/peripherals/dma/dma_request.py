"""The request line from a peripheral to a DMA channel."""

from __future__ import annotations

from collections.abc import Callable


class DmaRequest:
    """A request line; `served_by` has the channels, each called at the line's rising edge."""

    def __init__(self) -> None:
        self.level = False
        self.served_by: list[Callable[[], None]] = []

    def set(self, level: bool) -> None:
        rises = level and not self.level
        self.level = level
        if rises:
            for serve in self.served_by:
                serve()
