"""Ranges with a hook before each instruction: only where required, as calls are expensive.

The emulator decides at translation whether instructions call hooks, and each such call checks all
hooks; hence only a few ranges, which never overlap.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

MAX_RANGES = 64

Range = tuple[int, int]
"""First and last address."""


class InstructionHooks:
    """Ranges with a hook. `add` puts a hook on a range and names it for `remove`."""

    def __init__(self, add: Callable[[Range], int], remove: Callable[[int], None]) -> None:
        self._add = add
        self._remove = remove
        self._hooks: dict[Range, int] = {}
        self._everywhere: int | None = None

    def cover(self, address: int, size: int) -> None:
        """Instructions in `address .. address + size` that are then translated call the hook."""
        ranges = _joined([*self._hooks, (address, address + size - 1)])
        while len(ranges) > MAX_RANGES:
            ranges = _with_nearest_joined(ranges)
        self._replace(ranges)

    def cover_all(self, everywhere: Range) -> None:
        """Until `uncover_all`, all instructions that are translated call the hook."""
        ranges = tuple(self._hooks)
        self._replace([])
        self._hooks = dict.fromkeys(ranges, 0)
        self._everywhere = self._add(everywhere)

    def uncover_all(self) -> None:
        """Return to the ranges; code translated meanwhile has to be translated again."""
        assert self._everywhere is not None
        self._remove(self._everywhere)
        self._everywhere = None
        self._hooks = {place: self._add(place) for place in self._hooks}

    def _replace(self, ranges: list[Range]) -> None:
        for place in self._hooks.keys() - set(ranges):
            self._remove(self._hooks.pop(place))
        for place in ranges:
            if place not in self._hooks:
                self._hooks[place] = self._add(place)


def _joined(ranges: list[Range]) -> list[Range]:
    """Sorted; ranges that overlap or are adjacent are merged."""
    joined: list[Range] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _with_nearest_joined(ranges: list[Range]) -> list[Range]:
    gaps = [after[0] - before[1] for before, after in pairwise(ranges)]
    at = gaps.index(min(gaps))
    return [*ranges[:at], (ranges[at][0], ranges[at + 1][1]), *ranges[at + 2 :]]
