"""Samples as text: a line of braille dots over time, and bars of how often each came.

Drawn by hand: plotting libraries for terminals take 5 to 12 ms for a picture of this size,
eight times a second, and label axes in plain numbers rather than in times.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tinylab.stats.histogram import histogram
from tinylab.units import alike

Cycles = npt.NDArray[np.uint64]

BRAILLE = 0x2800
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of a braille character: four rows of two dots."""
ACROSS, DOWN = 2, 4
EIGHTHS = " ▏▎▍▌▋▊▉█"
WIDEST = 8
"""Dots that one sample is drawn with at most, while there are few of them."""
WARMUP_MARK = "w"
AXIS = "┤"
"""Between a label and its dots."""
AXIS_ROWS = 1


def line_plot(warmup: Cycles, cycles: Cycles, clock_hz: int, width: int, height: int) -> list[str]:
    """The latest samples as `height` lines of at most `width` characters.

    Times stand at the left; under the dots an axis marks the warm-up with `w`.
    """
    rows = height - AXIS_ROWS
    values = np.concatenate([warmup, cycles]).astype(np.float64)
    if rows < 1 or not values.size:
        return []
    shown = values[-ACROSS * width :]
    for _ in range(2):  # the labels need room, and what is then drawn needs its labels
        low, high = float(shown.min()), float(shown.max())
        labels = _labels(low, high, clock_hz, rows)
        margin = max(map(len, labels))
        across = width - margin - 2
        if across < 1:
            return []
        shown = values[-ACROSS * across :]
    warm = max(0, warmup.size - (values.size - shown.size))
    wide = min(ACROSS * across // shown.size, WIDEST)
    pictures = _braille(np.repeat(shown, wide), low, high, across, rows)
    lines = [f"{label:>{margin}} {AXIS}{row}" for label, row in zip(labels, pictures, strict=True)]
    warm_columns = -(-warm * wide // ACROSS)
    axis = WARMUP_MARK * warm_columns + "─" * (-(-shown.size * wide // ACROSS) - warm_columns)
    return [*lines, f"{'':>{margin}} └{axis}"]


def sample_plot(each: Cycles, clock_hz: int, width: int, height: int) -> list[str]:
    """The times of all samples in order, shape (n,), as `line_plot` draws them.

    Where there are more samples than dots, two dots show the least and the most of several.
    The axis has the numbers of the first and the last sample.
    """
    rows = height - AXIS_ROWS
    if rows < 1 or not each.size:
        return []
    low, high = float(each.min()), float(each.max())
    labels = _labels(low, high, clock_hz, rows)
    margin = max(map(len, labels))
    across = width - margin - 2
    last = f" sample {each.size:,}"
    if across <= len(last):
        return []
    shown = _envelope(each.astype(np.float64), ACROSS * across)
    wide = max(min(ACROSS * across // shown.size, WIDEST), 1)
    pictures = _braille(np.repeat(shown, wide), low, high, across, rows)
    lines = [f"{label:>{margin}} {AXIS}{row}" for label, row in zip(labels, pictures, strict=True)]
    line = -(-shown.size * wide // ACROSS)
    axis = "1".ljust(max(line - len(last), 1), "─") + last
    return [*lines, f"{'':>{margin}} └{axis}"]


def _envelope(values: npt.NDArray[np.float64], most: int) -> npt.NDArray[np.float64]:
    """At most `most` values: the least and the most of each part where there are more."""
    if values.size <= most:
        return values
    parts = np.array_split(values, most // 2)
    return np.array([end for part in parts for end in (part.min(), part.max())])


def bars(cycles: Cycles, clock_hz: int, width: int, height: int) -> list[str]:
    """How often each time came: at most `height` lines `1,504.3 µs ████ 312`, fastest first."""
    bins = histogram(cycles, height)
    if not bins:
        return []
    labels = alike([one.low / clock_hz for one in bins])
    counts = [f"{one.count:,}" for one in bins]
    margin, tail = max(map(len, labels)), max(map(len, counts))
    room = width - margin - tail - 2
    if room < 1:
        lines = [
            f"{label:>{margin}} {count:>{tail}}"
            for label, count in zip(labels, counts, strict=True)
        ]
        return lines if len(lines[0]) <= width else []
    most = max(one.count for one in bins)
    return [
        f"{label:>{margin}} {_bar(one.count / most, room)} {count:>{tail}}"
        for label, one, count in zip(labels, bins, counts, strict=True)
    ]


def _bar(fraction: float, room: int) -> str:
    """A bar of `room` characters; what is not nothing shows at least an eighth."""
    eighths = max(round(fraction * room * 8), 1 if fraction else 0)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (EIGHTHS[rest] if rest else "")).ljust(room)


def _labels(low: float, high: float, clock_hz: int, rows: int) -> list[str]:
    """Times for the top, the middle and the bottom row; one will do where there is no spread."""
    middle = rows // 2
    marked = sorted({0, middle, rows - 1}) if high > low else [middle]
    times = [high - (high - low) * row / max(rows - 1, 1) for row in marked]
    texts = dict(zip(marked, alike([value / clock_hz for value in times]), strict=True))
    return [texts.get(row, "") for row in range(rows)]


def _braille(
    values: npt.NDArray[np.float64], low: float, high: float, across: int, rows: int
) -> Sequence[str]:
    """Dots joined by upright lines, the oldest at the left; no spread lies in the middle."""
    depth = (high - values) / (high - low) if high > low else np.full(values.size, 0.5)
    levels = np.rint(depth * (rows * DOWN - 1)).astype(int)
    cells = np.zeros((rows, across), dtype=np.int64)
    before = levels[0]
    for x, level in enumerate(levels):
        first, last = sorted((before, level))
        # Neighbours meet half-way; a step is drawn once.
        for y in range(first + (first != level and first != last), last + 1):
            cells[y // DOWN, x // ACROSS] |= DOTS[y % DOWN][x % ACROSS]
        before = level
    return ["".join(chr(BRAILLE + int(bits)) for bits in row).rstrip("\u2800") for row in cells]
