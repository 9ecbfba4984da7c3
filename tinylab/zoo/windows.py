"""Sliding windows over batches of images, as numpy arrays of any type."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tinylab.zoo.network import Padding, Shape, spatial
from tinylab.zoo.tensor_type import Array


def image(x: Array) -> Array:
    """(N, height, width, channels), for a batch of tensors of any number of dimensions."""
    return x.reshape(len(x), *spatial(x.shape[1:]))


def padded(x: Array, padding: Padding, value: float) -> Array:
    """(N, height, width, channels) with `value` around it."""
    if not any(map(any, padding)):
        return x
    return np.pad(x, ((0, 0), *padding, (0, 0)), constant_values=x.dtype.type(value))


def windows(
    x: Array, size: Shape, stride: tuple[int, int], dilation: tuple[int, int] = (1, 1)
) -> Array:
    """(N, rows, columns, channels, height, width): every position of a sliding window.

    Elements of the window are `dilation` positions apart.
    """
    every = sliding_window_view(x, spread((size[0], size[1]), dilation), axis=(1, 2))
    strided: Array = every[:, :: stride[0], :: stride[1], :, :: dilation[0], :: dilation[1]]
    return strided


def spread(size: tuple[int, int], dilation: tuple[int, int]) -> tuple[int, int]:
    """The height and width that a window of `size` covers."""
    return (size[0] - 1) * dilation[0] + 1, (size[1] - 1) * dilation[1] + 1
