"""The samples of a run while it is measured, in bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinylab.stats.counted import Counted, Tally

if TYPE_CHECKING:
    from tinylab.stats.order import Cycles

MOST = 1 << 22
"""So many samples are kept in their order: 32 MiB."""

PIECES = 1000
"""So many batches are joined: small arrays take more memory than what is in them."""


class Series:
    """Counts every sample, and keeps samples in order: all of them, or every 2nd, 4th, 8th..."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._kept: list[Cycles] = []
        self._pieces: list[Cycles] = []
        self._size = 0
        self._seen = 0
        self.step = 1
        """1 as long as every sample is kept in its order."""

    def add(self, batch: Cycles) -> None:
        """Takes in one batch, shape (n,)."""
        import numpy as np

        self._tally.add(batch)
        taken = batch[-self._seen % self.step :: self.step]
        self._seen += int(batch.size)
        if taken.size:
            # A view would keep the whole batch.
            self._pieces.append(taken if self.step == 1 else taken.copy())
            self._size += int(taken.size)
        if len(self._pieces) >= PIECES:
            self._kept, self._pieces = [*self._kept, np.concatenate(self._pieces)], []
        if self._size > MOST:
            self._kept, self._pieces = [self.order()[::2].copy()], []
            self._size = int(self._kept[0].size)
            self.step *= 2

    def order(self) -> Cycles:
        """Every `step`-th sample in its order, shape (n,)."""
        import numpy as np

        return np.concatenate([np.empty(0, np.uint64), *self._kept, *self._pieces])

    def counted(self) -> Counted:
        """Every sample."""
        return self._tally.counted()
