"""The reads and writes of each kernel, element by element, in the order of its C loops.

Written from platformio_projects/bench/lib/kernels, not from the generator: the two have
to agree.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from itertools import product

from tests.fakes.layers import float_traces, tile_traces
from tinylab.codegen.layers.activate import QuantisedSoftmaxKernel, SoftmaxKernel
from tinylab.codegen.layers.conv import ConvKernel, ConvMaxPoolKernel
from tinylab.codegen.layers.conv_s8 import QuantisedConvKernel, QuantisedDepthwiseConvKernel
from tinylab.codegen.layers.dense import DenseKernel, QuantisedDenseKernel
from tinylab.codegen.layers.depthwise_conv import DepthwiseConvKernel
from tinylab.codegen.layers.fast.conv_tiles import ConvPoolTilesKernel, ConvTilesKernel
from tinylab.codegen.layers.fast.conv_windows import ConvWindowsKernel
from tinylab.codegen.layers.fast.dense_blocks import DenseBlocksKernel
from tinylab.codegen.layers.fast.dense_coded import DenseCodedKernel
from tinylab.codegen.layers.fast.dense_pairs import DensePairsKernel
from tinylab.codegen.layers.fast.depthwise_tiles import DepthwiseTilesKernel
from tinylab.codegen.layers.general_conv import GeneralConvKernel
from tinylab.codegen.layers.grouped_conv import GroupedConvKernel
from tinylab.codegen.layers.int16.curves import Int16SoftmaxKernel
from tinylab.codegen.layers.int16.weighted import Int16ConvKernel, Int16DenseKernel
from tinylab.codegen.layers.move import ConcatKernel, MoveKernel
from tinylab.codegen.layers.pad import CopyKernel, PadKernel
from tinylab.codegen.layers.pool import (
    ArgMaxKernel,
    GlobalPoolKernel,
    PoolKernel,
    QuantisedPoolKernel,
)
from tinylab.codegen.layers.recurrent import RecurrentKernel
from tinylab.codegen.layers.resize import ResizeKernel
from tinylab.codegen.layers.rows import EmbeddingKernel, LayerNormKernel
from tinylab.codegen.layers.sums_s8 import QuantisedMeanKernel
from tinylab.codegen.layers.transpose_conv import TransposeConvKernel
from tinylab.codegen.layers.window import Window
from tinylab.codegen.lower import Step
from tinylab.zoo.network import elements
from tinylab.zoo.operations import Conv

Access = tuple[str, int]
"""`("read" | "write", element)`; a read is of every input."""


def trace(step: Step) -> Iterator[Access]:
    kernel = step.kernel
    match kernel:
        case DenseKernel():
            yield from _dense(kernel)
        case QuantisedDenseKernel() | Int16DenseKernel():
            inputs, outputs = kernel.layer.weights.shape
            for row, unit in product(range(kernel.rows), range(outputs)):
                yield from (("read", row * inputs + element) for element in range(inputs))
                yield "write", row * outputs + unit
        case CopyKernel() | MoveKernel() | ConcatKernel() | GeneralConvKernel() | ResizeKernel():
            yield from _in_any_order(step)
        case DenseBlocksKernel() | DenseCodedKernel() | DensePairsKernel():
            yield from _in_any_order(step)
        case ConvTilesKernel() | ConvPoolTilesKernel():
            yield from tile_traces.of_tiles(kernel)
        case ConvWindowsKernel() | DepthwiseTilesKernel():
            yield from tile_traces.of_tiles(kernel)
        case Int16ConvKernel(window=None):
            yield from _in_any_order(step)
        case ConvKernel():
            yield from _conv(kernel)
        case ConvMaxPoolKernel():
            yield from _conv_max_pool(kernel)
        case DepthwiseConvKernel():
            channels, copies = kernel.layer.kernel.shape[2:]
            yield from _channel_by_channel(kernel.window, channels, copies)
        case QuantisedConvKernel():
            yield from _conv_one_by_one(kernel.window, *kernel.layer.kernel.shape[2:])
        case Int16ConvKernel(window=Window() as window):
            plain = isinstance(kernel.layer, Conv)
            along = _conv_one_by_one if plain else _channel_by_channel
            yield from along(window, *kernel.layer.kernel.shape[2:])
        case QuantisedDepthwiseConvKernel():
            yield from _channel_by_channel(kernel.window, *kernel.layer.kernel.shape[2:])
        case QuantisedPoolKernel():
            yield from _channel_by_channel(kernel.window, kernel.channels, 1)
        case PoolKernel():
            yield from _channel_by_channel(kernel.window, kernel.channels, 1)
        case ArgMaxKernel():
            for row in range(kernel.rows):
                yield from (("read", row * kernel.count + one) for one in range(kernel.count))
                yield "write", row
        case GlobalPoolKernel() | QuantisedMeanKernel():
            for channel in range(kernel.channels):
                for position in range(kernel.positions):
                    yield "read", position * kernel.channels + channel
                yield "write", channel
        case PadKernel():
            yield from _pad(kernel)
        case GroupedConvKernel() | TransposeConvKernel():
            yield from float_traces.of_image(kernel)
        case EmbeddingKernel() | RecurrentKernel():
            yield from float_traces.of_rows(kernel)
        case SoftmaxKernel() | QuantisedSoftmaxKernel() | Int16SoftmaxKernel() | LayerNormKernel():
            for row in range(kernel.rows):
                first, end = row * kernel.count, (row + 1) * kernel.count
                yield from (("read", element) for element in range(first, end))
                yield from _one_by_one(first, end)
        case _:
            yield from _one_by_one(0, elements(step.shapes[1]))


def _in_any_order(step: Step) -> Iterator[Access]:
    """Of tensors that do not overlap."""
    yield from (("read", element) for element in range(elements(step.shapes[0])))
    yield from (("write", element) for element in range(elements(step.shapes[1])))


def _conv_one_by_one(window: Window, inputs: int, outputs: int) -> Iterator[Access]:
    """Reads its window for each channel."""
    for number, position in _positions(window):
        for channel in range(outputs):
            for pixel in _covered(window, position):
                yield from (("read", pixel * inputs + one) for one in range(inputs))
            yield "write", number * outputs + channel


def _one_by_one(first: int, end: int) -> Iterator[Access]:
    for element in range(first, end):
        yield "read", element
        yield "write", element


def _turns(channels: int) -> list[range]:
    """Channels computed together: fours, then ones."""
    whole = channels - channels % 4
    fours = [range(first, first + 4) for first in range(0, whole, 4)]
    return fours + [range(channel, channel + 1) for channel in range(whole, channels)]


def _covered(window: Window, position: tuple[int, int]) -> Iterator[int]:
    """Input positions inside the window at an output position."""
    tops = [
        at * stride - before
        for at, stride, before in zip(position, window.stride, window.before, strict=True)
    ]
    for y, x in product(
        *(range(top, top + size) for top, size in zip(tops, window.size, strict=True))
    ):
        if 0 <= y < window.input[0] and 0 <= x < window.input[1]:
            yield y * window.input[1] + x


def _positions(window: Window) -> Iterator[tuple[int, tuple[int, int]]]:
    yield from enumerate(product(range(window.output[0]), range(window.output[1])))


def _dense(kernel: DenseKernel) -> Iterator[Access]:
    inputs, outputs = kernel.layer.weights.shape
    for row in range(kernel.rows):
        for turn in _turns(outputs):
            yield from (("read", row * inputs + element) for element in range(inputs))
            yield from (("write", row * outputs + unit) for unit in turn)


def _conv(kernel: ConvKernel) -> Iterator[Access]:
    inputs, outputs = kernel.layer.kernel.shape[2:]
    for number, position in _positions(kernel.window):
        for turn in _turns(outputs):
            for pixel in _covered(kernel.window, position):
                yield from (("read", pixel * inputs + channel) for channel in range(inputs))
            yield from (("write", number * outputs + channel) for channel in turn)


def _conv_max_pool(kernel: ConvMaxPoolKernel) -> Iterator[Access]:
    conv = kernel.conv.window
    inputs, outputs = kernel.conv.layer.kernel.shape[2:]
    for number, position in _positions(kernel.pool):
        yield from (("write", number * outputs + channel) for channel in range(outputs))
        for place in _covered(kernel.pool, position):
            for turn in _turns(outputs):
                for pixel in _covered(conv, divmod(place, conv.output[1])):
                    yield from (("read", pixel * inputs + channel) for channel in range(inputs))
                yield from (("write", number * outputs + channel) for channel in turn)


def _channel_by_channel(window: Window, channels: int, copies: int) -> Iterator[Access]:
    for number, position in _positions(window):
        for channel, copy in product(range(channels), range(copies)):
            for pixel in _covered(window, position):
                yield "read", pixel * channels + channel
            yield "write", (number * channels + channel) * copies + copy


def _pad(kernel: PadKernel) -> Iterator[Access]:
    height, width, channels = kernel.shape
    (top, bottom), (left, right) = kernel.padding
    columns = left + width + right
    for element in range((top + height + bottom) * columns * channels):
        pixel, channel = divmod(element, channels)
        y, x = pixel // columns - top, pixel % columns - left
        if 0 <= y < height and 0 <= x < width:
            yield "read", (y * width + x) * channels + channel
        yield "write", element


def kernels_under(kind: type) -> set[type]:
    """All subclasses that can be made."""
    found = {kind} if not inspect.isabstract(kind) else set()
    return found.union(*map(kernels_under, kind.__subclasses__()))
