"""Storage order of filters: four output channels interleaved, the rest one by one."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from tinylab.codegen.layers.kernel import Times

BLOCK = 4
"""Output channels that kernels compute together (tl_four_t)."""

Number = TypeVar("Number", bound=np.generic)


def interleaved(filters: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """(outputs, taps) -> [outputs / 4][taps][4] then [outputs % 4][taps], flat."""
    outputs, taps = filters.shape
    whole = outputs - outputs % BLOCK
    blocks = filters[:whole].reshape(-1, BLOCK, taps).transpose(0, 2, 1)
    return np.concatenate([blocks.reshape(-1), filters[whole:].reshape(-1)])


def turn_of(outputs: int) -> Times:
    """The iteration of the channel loop that writes each output channel, from 0."""
    channels = np.arange(outputs, dtype=np.int64)
    whole = outputs - outputs % BLOCK
    return np.where(channels < whole, channels // BLOCK, whole // BLOCK + channels - whole)
