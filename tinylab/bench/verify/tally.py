"""Compares a tensor on the board with the host's, input by input."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tinylab.bench.verify.document import LargestDifference, TensorStatistics
from tinylab.zoo.tensor_type import Array, TensorType

Reals = npt.NDArray[np.float64]
MOST = float(np.finfo(np.float32).max)
"""Stands for a difference that is no finite number."""


@dataclass(frozen=True, eq=False)
class Compared:
    """A tensor on the board and on the host, of one shape, after one inference."""

    step: int
    layers: tuple[str, ...]
    node: str
    """The layer's name in ST's code; empty in tinylab's."""
    type: TensorType
    board: Array
    host: Array
    tolerance: float


@dataclass
class Moments:
    """The statistics of elements that arrive input by input."""

    count: int = 0
    not_finite: int = 0
    total: float = 0.0
    squares: float = 0.0
    """The sum of the squared distances from the mean."""
    low: float = math.inf
    high: float = -math.inf

    def add(self, values: Reals) -> None:
        finite = values[np.isfinite(values)]
        self.not_finite += values.size - finite.size
        if not finite.size:
            return
        mean = float(finite.mean())
        apart = mean - self.total / self.count if self.count else 0.0
        both = self.count + finite.size
        # Chan, Golub and LeVeque: the sums of two parts, without cancellation.
        self.squares += float(((finite - mean) ** 2).sum())
        self.squares += apart**2 * self.count * finite.size / both
        self.total += float(finite.sum())
        self.count = both
        self.low = min(self.low, float(finite.min()))
        self.high = max(self.high, float(finite.max()))

    def statistics(self) -> TensorStatistics:
        if not self.count:
            return TensorStatistics(None, None, None, None, self.not_finite)
        deviation = math.sqrt(self.squares / self.count)
        mean = self.total / self.count
        return TensorStatistics(self.low, self.high, mean, deviation, self.not_finite)


@dataclass
class Tally:
    """What is known of one tensor after some inputs; `of` is from the latest."""

    of: Compared

    board: Moments = field(default_factory=Moments)
    host: Moments = field(default_factory=Moments)
    elements: int = 0
    differing: int = 0
    max_abs_error: float = 0.0
    tolerance: float = 0.0
    largest: LargestDifference | None = None

    def add(self, sample: int, compared: Compared) -> None:
        """`sample` is counted from 1.

        Elements agree if they are the same, not finite in the same way, or within the tolerance.
        """
        self.of, tolerance = compared, compared.tolerance
        got, wanted = compared.board.astype(np.float64), compared.host.astype(np.float64)
        self.board.add(got)
        self.host.add(wanted)
        with np.errstate(invalid="ignore"):
            off = np.abs(got - wanted)
        off[(got == wanted) | (np.isnan(got) & np.isnan(wanted))] = 0.0
        off = np.nan_to_num(off, nan=MOST, posinf=MOST)
        self.elements += off.size
        self.differing += int((off > tolerance).sum())
        place = int(off.argmax())
        found = float(off.flat[place])
        if self.largest is None or found > self.max_abs_error:
            self.max_abs_error, self.tolerance = found, tolerance
            index = tuple(map(int, np.unravel_index(place, off.shape)))
            values = (float(one.flat[place]) for one in (got, wanted))
            self.largest = LargestDifference(
                sample, index, *(one if math.isfinite(one) else None for one in values)
            )
