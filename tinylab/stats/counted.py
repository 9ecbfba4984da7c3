"""How often each cycle count occurred: all order statistics of a long run, without its order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tinylab.stats.order import Cycles

PENDING = 1 << 20
"""So many samples wait before they are counted, so that small batches cost little."""


class Counted:
    """Distinct values with their counts; read by rank it is the sorted samples.

    `values`, shape (m,), ascending; `counts`, shape (m,), all positive.
    """

    def __init__(self, values: npt.NDArray[Any], counts: npt.NDArray[np.int64]) -> None:
        self.values = values
        self.counts = counts
        self._ends = counts.cumsum()

    @classmethod
    def of(cls, cycles: Cycles) -> Counted:
        """Of samples in any order, shape (n,)."""
        import numpy as np

        return cls(*np.unique(cycles, return_counts=True))

    @property
    def size(self) -> int:
        """The number of samples."""
        return int(self._ends[-1]) if self._ends.size else 0

    def __getitem__(self, index: int) -> float:
        """The sample at that place of the sorted ones; `-1` is the largest."""
        import numpy as np

        place = index + self.size if index < 0 else index
        found: float = self.values[np.searchsorted(self._ends, place, side="right")].item()
        return found

    def total(self) -> int:
        """The exact sum of all samples."""
        import numpy as np

        if not self.size:
            return 0
        low = int(self.values[0])
        above = self.values - self.values[0]
        if int(above[-1]) * self.size < 2**63:
            return low * self.size + int(np.dot(above.astype(np.int64), self.counts))
        pairs = zip(self.values.tolist(), self.counts.tolist(), strict=True)
        return sum(value * count for value, count in pairs)


class Tally:
    """Adds batches up. Memory grows with the number of distinct values, not of samples."""

    def __init__(self) -> None:
        import numpy as np

        self._counted = Counted(np.empty(0, np.uint64), np.empty(0, np.int64))
        self._waiting: list[Counted | Cycles] = []
        self._size = 0

    def add(self, batch: Cycles | Counted) -> None:
        """One batch, shape (n,), or one that is counted already."""
        self._waiting.append(batch)
        self._size += int(batch.size if not isinstance(batch, Counted) else batch.values.size)
        if self._size >= PENDING:
            self._merge()

    def counted(self) -> Counted:
        """All batches so far."""
        self._merge()
        return self._counted

    def _merge(self) -> None:
        import numpy as np

        if not self._waiting:
            return
        plain = [one for one in self._waiting if not isinstance(one, Counted)]
        tables = [self._counted, *(one for one in self._waiting if isinstance(one, Counted))]
        if plain:
            tables.append(Counted.of(np.concatenate(plain)))
        self._waiting, self._size = [], 0
        values, places = np.unique(
            np.concatenate([one.values for one in tables]), return_inverse=True
        )
        counts = np.zeros(values.size, np.int64)
        np.add.at(counts, places, np.concatenate([one.counts for one in tables]))
        self._counted = Counted(values, counts)
