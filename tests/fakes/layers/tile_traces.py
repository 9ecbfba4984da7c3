"""The accesses of convolutions that are made for a core, for `traces`: in tiles and windows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from tinylab.codegen.layers.fast.conv_tiles import ConvPoolTilesKernel, ConvTilesKernel
from tinylab.codegen.layers.fast.conv_windows import ConvWindowsKernel
from tinylab.codegen.layers.fast.depthwise_tiles import DepthwiseTilesKernel
from tinylab.codegen.layers.window import Window

Access = tuple[str, int]
TILE = 4
Kernels = ConvTilesKernel | ConvPoolTilesKernel | ConvWindowsKernel | DepthwiseTilesKernel


def of_tiles(kernel: Kernels) -> Iterator[Access]:
    match kernel:
        case ConvTilesKernel():
            yield from _tiles(kernel)
        case ConvPoolTilesKernel():
            yield from _pooled(kernel)
        case ConvWindowsKernel():
            yield from _windows(kernel)
        case DepthwiseTilesKernel():
            yield from _depthwise(kernel)


def _field(shape: object, *names: str) -> int:
    for name in names:
        assert isinstance(shape, dict)
        shape = shape[name]
    assert isinstance(shape, int)
    return shape


def _under(window: Window, y: int, x: int) -> Iterator[int]:
    """The elements of the input, each of all channels, of one position."""
    for row, column in product(range(window.size[0]), range(window.size[1])):
        top = y * window.stride[0] - window.before[0] + row
        left = x * window.stride[1] - window.before[1] + column
        if 0 <= top < window.input[0] and 0 <= left < window.input[1]:
            yield top * window.input[1] + left


def _position(window: Window, y: int, x: int, inputs: int) -> Iterator[Access]:
    for element in _under(window, y, x):
        yield from (("read", element * inputs + channel) for channel in range(inputs))


def _tiles(kernel: ConvTilesKernel) -> Iterator[Access]:
    shape = kernel.call().shape
    rows, columns = _field(shape, "rows"), _field(shape, "columns")
    height, width = (_field(shape, "conv", f"out_{side}") for side in ("height", "width"))
    window, (inputs, outputs) = kernel.conv.window, kernel.conv.layer.kernel.shape[2:]
    whole = outputs - outputs % TILE
    blocks = [*([whole] if whole < outputs else []), *range(0, whole, TILE)]
    for top, left in product(range(0, height, rows), range(0, width, columns)):
        end = min(left + columns, width)
        for first, y in product(blocks, range(top, min(top + rows, height))):
            for x in range(left, end):
                number = y * width + x
                at = divmod(number, window.output[1])  # rows may be joined
                yield from _position(window, *at, inputs)
                count = min(TILE, outputs - first) if x == end - 1 else TILE
                for channel in range(first, first + count):
                    yield "write", number * outputs + channel


def _pooled(kernel: ConvPoolTilesKernel) -> Iterator[Access]:
    rows = _field(kernel.call().shape, "rows")
    conv, pool = kernel.tiled.conv.window, kernel.fused.pool
    inputs, outputs = kernel.tiled.conv.layer.kernel.shape[2:]
    height, width = pool.output
    for top in range(0, height, rows):
        for first, y in product(range(0, outputs, TILE), range(top, min(top + rows, height))):
            channels = range(first, min(first + TILE, outputs))
            made = [
                ("write", (y * width + x) * outputs + channel)
                for x, channel in product(range(width), channels)
            ]
            yield from made
            for row in range(pool.size[0]):
                at = y * pool.stride[0] - pool.before[0] + row
                if 0 <= at < conv.output[0]:
                    for x in range(conv.output[1]):
                        yield from _position(conv, at, x, inputs)
                    yield from made


def _windows(kernel: ConvWindowsKernel) -> Iterator[Access]:
    pool, outputs = kernel.fused.pool, kernel.fused.conv.layer.bias.size
    window = kernel.fused.conv.window.under(pool)
    for number, (y, x) in enumerate(product(*map(range, pool.output))):
        yield from _position(window, y, x, 1)
        yield from (("write", number * outputs + channel) for channel in range(outputs))


def _depthwise(kernel: DepthwiseTilesKernel) -> Iterator[Access]:
    window, channels = kernel.window, kernel.layer.bias.size
    height, width = window.output
    whole = channels - channels % TILE
    blocks = [range(first, first + TILE) for first in range(0, whole, TILE)]
    blocks += [range(channel, channel + 1) for channel in range(whole, channels)]
    for y, block, x in product(range(height), blocks, range(width)):
        for element in _under(window, y, x):
            yield from (("read", element * channels + channel) for channel in block)
        yield from (("write", (y * width + x) * channels + channel) for channel in block)
