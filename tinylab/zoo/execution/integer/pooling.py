"""Pools of quantised tensors; the output has the type of the input."""

from __future__ import annotations

import numpy as np

from tinylab.zoo.execution.windows import image, padded, windows
from tinylab.zoo.operations import Pool, PoolKind
from tinylab.zoo.tensor_type import Array


def pool(operation: Pool, x: Array) -> Array:
    """(N, rows, columns, channels) for (N, height, width, channels) or (N, length, channels).

    An average is rounded to nearest; padding is not part of it.
    """
    given = image(x).astype(np.int64)
    if operation.kind is PoolKind.MAX:
        around = padded(given, operation.padding, np.iinfo(x.dtype).min)
        seen = windows(around, operation.size, operation.stride)
        greatest: Array = seen.max((-2, -1)).astype(x.dtype)
        return greatest
    sums, counts = (
        windows(padded(part, operation.padding, 0), operation.size, operation.stride).sum((-2, -1))
        for part in (given, np.ones_like(given[:1]))
    )
    if operation.halves_up:
        return np.asarray((sums + counts // 2) // counts, x.dtype)
    mean: Array = np.sign(sums) * ((np.abs(sums) + counts // 2) // counts)
    return mean.astype(x.dtype)
