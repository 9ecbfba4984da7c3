"""The accesses of float kernels, for `traces`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from tinylab.codegen.layers.grouped_conv import GroupedConvKernel
from tinylab.codegen.layers.recurrent import RecurrentKernel
from tinylab.codegen.layers.rows import EmbeddingKernel
from tinylab.codegen.layers.transpose_conv import TransposeConvKernel

Access = tuple[str, int]


def turns(channels: int) -> list[range]:
    """Channels computed together: fours, then ones."""
    whole = channels - channels % 4
    fours = [range(first, first + 4) for first in range(0, whole, 4)]
    return fours + [range(channel, channel + 1) for channel in range(whole, channels)]


def of_image(kernel: GroupedConvKernel | TransposeConvKernel) -> Iterator[Access]:
    match kernel:
        case GroupedConvKernel():
            yield from _grouped(kernel)
        case TransposeConvKernel():
            yield from _transposed(kernel)


def _grouped(kernel: GroupedConvKernel) -> Iterator[Access]:
    height, width, inputs, outputs = kernel.layer.kernel.shape
    own, window = outputs // kernel.groups, kernel.window
    for number, at in enumerate(product(range(window.output[0]), range(window.output[1]))):
        for group, turn in product(range(kernel.groups), turns(own)):
            for row, column in product(range(height), range(width)):
                y = at[0] * window.stride[0] - window.before[0] + row * kernel.layer.dilation[0]
                x = at[1] * window.stride[1] - window.before[1] + column * kernel.layer.dilation[1]
                if 0 <= y < window.input[0] and 0 <= x < window.input[1]:
                    first = (y * window.input[1] + x) * kernel.inputs + group * inputs
                    yield from (("read", first + channel) for channel in range(inputs))
            for channel in turn:
                yield "write", number * outputs + group * own + channel


def _transposed(kernel: TransposeConvKernel) -> Iterator[Access]:
    layer, (height, width) = kernel.layer, kernel.given
    inputs, outputs = layer.kernel.shape[2:]
    for number, at in enumerate(product(*map(range, layer.size))):
        for turn in turns(outputs):
            for y, x in product(range(height), range(width)):
                row = at[0] + layer.cut[0] - y * layer.stride[0]
                column = at[1] + layer.cut[1] - x * layer.stride[1]
                if 0 <= row < layer.kernel.shape[0] and 0 <= column < layer.kernel.shape[1]:
                    first = (y * width + x) * inputs
                    yield from (("read", first + channel) for channel in range(inputs))
            yield from (("write", number * outputs + channel) for channel in turn)


def of_rows(kernel: EmbeddingKernel | RecurrentKernel) -> Iterator[Access]:
    if isinstance(kernel, EmbeddingKernel):
        units = kernel.layer.weights.shape[1]
        for index in range(kernel.count):
            yield "read", index
            yield from (("write", index * units + unit) for unit in range(units))
        return
    inputs, units = kernel.layer.kernel.shape[0], kernel.units
    order = range(kernel.steps)
    for step in order[::-1] if kernel.layer.backwards else order:
        yield from (("read", step * inputs + element) for element in range(inputs))
        first = step * units if kernel.layer.sequences else 0
        yield from (("write", first + unit) for unit in range(units))
