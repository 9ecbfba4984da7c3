"""Sliding windows over batches of images, as numpy arrays of any type."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tinylab.zoo.network import Shape, spatial
from tinylab.zoo.operations import Padding
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
    """(N, rows, columns, channels, height, width): every position of a sliding window."""
    every = sliding_window_view(x, dilated(size, dilation), axis=(1, 2))
    strided: Array = every[:, :: stride[0], :: stride[1], :, :: dilation[0], :: dilation[1]]
    return strided


def dilated(size: Shape, dilation: tuple[int, int]) -> tuple[int, int]:
    """The (height, width) that a kernel of `size` covers."""
    return (size[0] - 1) * dilation[0] + 1, (size[1] - 1) * dilation[1] + 1


def grouped(seen: Array, kernel: Array, groups: int) -> Array:
    """(N, rows, columns, outputs): windows times a kernel (height, width, inputs, outputs).

    With groups, the inputs are those of one group, and outputs are in the order of their groups.
    """
    height, width, channels, outputs = kernel.shape
    matrix = kernel.transpose(2, 0, 1, 3).reshape(-1, outputs)
    each = outputs // groups
    parts = [
        seen[:, :, :, group * channels : (group + 1) * channels].reshape(
            *seen.shape[:3], channels * height * width
        )
        @ matrix[:, group * each : (group + 1) * each]
        for group in range(groups)
    ]
    return np.concatenate(parts, -1)


def spread(x: Array, kernel: Array, stride: tuple[int, int], cut: Shape, size: Shape) -> Array:
    """(N, *size, outputs): a transposed convolution of images (N, height, width, inputs)."""
    height, width = kernel.shape[:2]
    rows, columns = x.shape[1:3]
    full = np.zeros(
        (
            len(x),
            max((rows - 1) * stride[0] + height, size[0] + cut[0]),
            max((columns - 1) * stride[1] + width, size[1] + cut[1]),
            kernel.shape[3],
        ),
        np.result_type(x, kernel),
    )
    for top in range(height):
        for left in range(width):
            places = (
                slice(top, top + (rows - 1) * stride[0] + 1, stride[0]),
                slice(left, left + (columns - 1) * stride[1] + 1, stride[1]),
            )
            full[:, places[0], places[1]] += x @ kernel[top, left]
    made: Array = full[:, cut[0] : cut[0] + size[0], cut[1] : cut[1] + size[1]]
    return made
