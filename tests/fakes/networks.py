"""Networks with weights from a seed: those of the catalogue, and arbitrary ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinylab.zoo.network import INPUT, Input, Layer, Network, Shape, elements, spatial
from tinylab.zoo.operations import (
    GRU,
    LSTM,
    NO_PADDING,
    Activate,
    Arithmetic,
    ArithmeticKind,
    BatchNorm,
    Clip,
    Concat,
    Constant,
    Conv,
    Corners,
    Dense,
    DepthwiseConv,
    Dropout,
    Embedding,
    Function,
    GlobalPool,
    LayerNorm,
    Operation,
    Pad,
    Padding,
    Pool,
    PoolKind,
    Repeat,
    Reshape,
    Resize,
    SimpleRNN,
    Slice,
    Transpose,
    TransposeConv,
)
from tinylab.zoo.tensor_type import FloatArray

STEADY = tuple(Function)[: list(Function).index(Function.EXP)]
"""Functions that can be applied again and again: their numbers do not become infinite."""
STEADY_PAIRS = tuple(ArithmeticKind)[: list(ArithmeticKind).index(ArithmeticKind.DIVIDE)]
"""The same of two numbers, without steps."""


class Recipe:
    """Appends layers; computes their shapes and takes their weights from the seed."""

    def __init__(self, shape: Shape, seed: int = 0, name: str = "by_hand") -> None:
        self.random = np.random.default_rng(seed)
        self.name = name
        self.input_shape = shape
        self.layers: list[Layer] = []
        self.last, self.shape = INPUT, shape

    def network(self) -> Network:
        inputs = (Input(INPUT, self.input_shape),)
        return Network(self.name, inputs, tuple(self.layers), (self.last,), sha256="0" * 64)

    def add(self, operation: Operation, shape: Shape, *inputs: str) -> Recipe:
        name = f"{type(operation).__name__.lower()}_{len(self.layers) + 1}"
        self.layers.append(Layer(name, operation, inputs or (self.last,), shape))
        self.last, self.shape = name, shape
        return self

    def values(self, *shape: int, scale: float = 1.0) -> FloatArray:
        return (self.random.standard_normal(shape) * scale).astype(np.float32)

    def dense(self, units: int) -> Recipe:
        inputs = self.shape[-1]
        weights = self.values(inputs, units, scale=1 / math.sqrt(inputs))
        # Positive biases keep chains of ReLU alive.
        bias = np.abs(self.values(units))
        return self.add(Dense(weights, bias), (*self.shape[:-1], units))

    def conv(
        self,
        filters: int,
        size: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        padding: str = "valid",
    ) -> Recipe:
        channels = self.shape[-1]
        scale = 1 / math.sqrt(size[0] * size[1] * channels)
        kernel = self.values(*size, channels, filters, scale=scale)
        pad, shape = self._window(size, stride, padding, filters)
        rank = len(self.shape) - 1
        return self.add(Conv(kernel, self.values(filters), stride, pad, rank), shape)

    def transpose_conv(
        self, filters: int, size: tuple[int, int], stride: tuple[int, int]
    ) -> Recipe:
        """Nothing is cut off the output."""
        height, width, channels = self.shape
        kernel, bias = self.values(*size, channels, filters), self.values(filters)
        made = ((height - 1) * stride[0] + size[0], (width - 1) * stride[1] + size[1])
        return self.add(TransposeConv(kernel, bias, stride, (0, 0), made), (*made, filters))

    def depthwise(
        self,
        size: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        padding: str = "valid",
        multiplier: int = 1,
    ) -> Recipe:
        channels = self.shape[-1]
        kernel = self.values(*size, channels, multiplier, scale=1 / math.sqrt(size[0] * size[1]))
        pad, shape = self._window(size, stride, padding, channels * multiplier)
        bias = self.values(channels * multiplier)
        rank = len(self.shape) - 1
        return self.add(DepthwiseConv(kernel, bias, stride, pad, rank), shape)

    def pool(
        self,
        size: tuple[int, int],
        stride: tuple[int, int] | None = None,
        padding: str = "valid",
        kind: PoolKind = PoolKind.MAX,
    ) -> Recipe:
        stride = stride or size
        pad, shape = self._window(size, stride, padding, self.shape[-1])
        return self.add(Pool(kind, size, stride, pad, len(self.shape) - 1), shape)

    def global_pool(self, kind: PoolKind) -> Recipe:
        return self.add(GlobalPool(kind), self.shape[-1:])

    def activate(self, function: Function, factor: float = 1.0) -> Recipe:
        return self.add(Activate(function, factor), self.shape)

    def relu(self) -> Recipe:
        return self.activate(Function.RELU)

    def clip(self, low: float, high: float) -> Recipe:
        return self.add(Clip(low, high), self.shape)

    def dropout(self) -> Recipe:
        return self.add(Dropout(), self.shape)

    def flatten(self) -> Recipe:
        return self.add(Reshape(), (elements(self.shape),))

    def reshape(self, *shape: int) -> Recipe:
        return self.add(Reshape(), shape)

    def batch_norm(self) -> Recipe:
        channels = self.shape[-1]
        scale = self.values(channels) + 1
        return self.add(BatchNorm(scale, self.values(channels)), self.shape)

    def pad(self, padding: Padding, value: float = 0.0) -> Recipe:
        (top, bottom), (left, right) = padding
        height, width, channels = spatial(self.shape)
        shape: Shape = (top + height + bottom, left + width + right, channels)
        return self.add(Pad(padding, value), shape if len(self.shape) == 3 else shape[1:])

    def resize(self, size: tuple[int, int], *, bilinear: bool) -> Recipe:
        return self.add(Resize(size, bilinear, Corners.CENTRED), (*size, self.shape[-1]))

    def sum_with(self, other: str) -> Recipe:
        return self.combine(ArithmeticKind.ADD, other)

    def combine(self, kind: ArithmeticKind, other: str) -> Recipe:
        """With another layer, or the constant that was added last; both broadcast."""
        shapes = {layer.name: layer.shape for layer in self.layers}
        shape = tuple(np.broadcast_shapes(self.shape, shapes[other]))
        return self.add(Arithmetic(kind), shape, self.last, other)

    def constant(self, *shape: int) -> str:
        """The name of a constant tensor, which does not become the last layer."""
        name = f"constant_{len(self.layers) + 1}"
        self.layers.append(Layer(name, Constant(self.values(*shape)), (), shape))
        return name

    def concat(self, axis: int, *others: str) -> Recipe:
        shapes = {layer.name: layer.shape for layer in self.layers}
        total = self.shape[axis] + sum(shapes[other][axis] for other in others)
        shape = (*self.shape[:axis], total, *self.shape[axis + 1 :])
        return self.add(Concat(axis), shape, self.last, *others)

    def transpose(self, *axes: int) -> Recipe:
        return self.add(Transpose(axes), tuple(self.shape[axis] for axis in axes))

    def repeat(self, *shape: int) -> Recipe:
        return self.add(Repeat(shape), shape)

    def slice(self, begin: Shape, size: Shape, step: Shape) -> Recipe:
        return self.add(Slice(begin, size, step), size)

    def grouped(
        self,
        filters: int,
        size: tuple[int, int],
        groups: int = 1,
        dilation: tuple[int, int] = (1, 1),
        stride: tuple[int, int] = (1, 1),
    ) -> Recipe:
        """With a padding of one less than the window on each side."""
        height, width, channels = spatial(self.shape)
        covered = tuple((one - 1) * rate + 1 for one, rate in zip(size, dilation, strict=True))
        pads = tuple((one - 1, one - 1) for one in covered)
        made = tuple(
            (n + 2 * (k - 1) - k) // s + 1
            for n, k, s in zip((height, width), covered, stride, strict=True)
        )
        kernel = self.values(*size, channels // groups, filters)
        rank = len(self.shape) - 1
        operation = Conv(
            kernel, self.values(filters), stride, (pads[0], pads[1]), rank, None, dilation, groups
        )
        shape = (*made, filters)
        return self.add(operation, shape if rank == 2 else shape[1:])

    def dilated_depthwise(self, size: tuple[int, int], dilation: tuple[int, int]) -> Recipe:
        height, width, channels = spatial(self.shape)
        made = height - (size[0] - 1) * dilation[0], width - (size[1] - 1) * dilation[1]
        kernel, bias = self.values(*size, channels, 2), self.values(channels * 2)
        operation = DepthwiseConv(kernel, bias, (1, 1), NO_PADDING, 2, None, dilation)
        return self.add(operation, (*made, channels * 2))

    def transposed(
        self,
        filters: int,
        size: tuple[int, int],
        stride: tuple[int, int],
        before: tuple[int, int],
        made: tuple[int, int],
    ) -> Recipe:
        kernel = self.values(*size, self.shape[-1], filters)
        operation = TransposeConv(kernel, self.values(filters), stride, before, made)
        return self.add(operation, (*made, filters))

    def embedding(self, entries: int, units: int) -> Recipe:
        return self.add(Embedding(self.values(entries, units)), (*self.shape, units))

    def layer_norm(self, axes: int = 1) -> Recipe:
        size = elements(self.shape[-axes:])
        return self.add(LayerNorm(self.values(size), self.values(size), 1e-3), self.shape)

    def recurrent(self, make: Callable[..., Operation], parts: int, units: int) -> Recipe:
        """`make(kernel, recurrent, bias)`: with an output for every step or the last one."""
        made = parts * units
        operation: Any = make(
            self.values(self.shape[1], made, scale=0.3),
            self.values(units, made, scale=0.3),
            self.values(made, scale=0.3),
        )
        return self.add(operation, (*self.shape[:1], units) if operation.sequences else (units,))

    def simple_rnn(self, units: int, **settings: Any) -> Recipe:
        return self.recurrent(lambda *arrays: SimpleRNN(*arrays, **settings), 1, units)

    def gru(self, units: int, **settings: Any) -> Recipe:
        offset = self.values(3 * units)
        return self.recurrent(lambda *arrays: GRU(*arrays, offset, **settings), 3, units)

    def lstm(self, units: int, **settings: Any) -> Recipe:
        return self.recurrent(lambda *arrays: LSTM(*arrays, **settings), 4, units)

    def _window(
        self, size: tuple[int, int], stride: tuple[int, int], padding: str, channels: int
    ) -> tuple[Padding, Shape]:
        """Padding and output shape, as Keras defines `valid` and `same`."""
        height, width, _ = spatial(self.shape)
        if padding == "valid":
            pad = NO_PADDING
            out = tuple(
                (n - k) // s + 1 for n, k, s in zip((height, width), size, stride, strict=True)
            )
        else:
            out = tuple(-(-n // s) for n, s in zip((height, width), stride, strict=True))
            total = [
                max((o - 1) * s + k - n, 0)
                for o, s, k, n in zip(out, stride, size, (height, width), strict=True)
            ]
            pad = tuple((t // 2, t - t // 2) for t in total)
        shape = (*out, channels) if len(self.shape) == 3 else (out[1], channels)
        return pad, shape


def house_price() -> Network:
    recipe = Recipe((19,), seed=5, name="house_price")
    for units in (19, 19, 38, 38, 38, 19, 19, 19, 19, 8, 1):
        recipe.dense(units).relu()
    return recipe.network()


def human_activity() -> Network:
    recipe = Recipe((26, 3), name="human_activity")
    recipe.conv(16, (1, 3)).relu().conv(8, (1, 3)).relu().dropout().flatten()
    return recipe.dense(64).relu().dense(3).activate(Function.SOFTMAX).network()


def image_classification() -> Network:
    recipe = Recipe((28, 28, 1), name="image_classification")
    recipe.conv(64, (2, 2), padding="same").relu().pool((2, 2)).dropout()
    recipe.conv(32, (2, 2), padding="same").relu().pool((2, 2)).dropout().flatten()
    recipe.dense(256).relu().dropout().dense(10).activate(Function.SOFTMAX)
    return recipe.network()


CATALOGUE = (house_price, human_activity, image_classification)


def random_network(seed: int) -> Network:
    """A few random layers with skip connections, determined by the seed."""
    random = np.random.default_rng(seed)
    shape = (int(random.integers(6, 12)), int(random.integers(6, 12)), int(random.integers(1, 6)))
    recipe = Recipe(shape if seed % 3 else shape[1:], seed)
    for _ in range(random.integers(2, 9)):
        _add_any(recipe, random)
    return recipe.network()


def _add_any(recipe: Recipe, random: np.random.Generator) -> None:
    height, width, channels = spatial(recipe.shape)
    size = (int(random.integers(1, min(4, height + 1))), int(random.integers(1, min(4, width + 1))))
    stride = (int(random.integers(1, 3)), int(random.integers(1, 3)))
    padding = str(random.choice(["valid", "same"]))
    kind = PoolKind.MAX if random.integers(2) else PoolKind.AVERAGE
    alike = [layer.name for layer in recipe.layers if layer.shape == recipe.shape]
    if height == 1:
        stride = (1, stride[1])
    choices = [
        lambda: recipe.conv(int(random.integers(1, 10)), size, stride, padding),
        lambda: recipe.conv(channels, size, (1, 1), "same").relu().pool((1, min(2, width))),
        lambda: recipe.depthwise(size, stride, padding, int(random.integers(1, 3))),
        lambda: recipe.pool(size, stride, padding, kind),
        lambda: recipe.activate(STEADY[random.integers(len(STEADY))]),
        lambda: recipe.dropout().batch_norm(),
        lambda: recipe.clip(-0.5, 1.5),
        lambda: recipe.pad(((0, 0), (1, 2))),
        lambda: recipe.dense(int(random.integers(1, 10))),
        lambda: recipe.sum_with(str(random.choice(alike))) if alike else recipe.relu(),
        lambda: recipe.combine(
            STEADY_PAIRS[random.integers(len(STEADY_PAIRS))],
            recipe.constant(*(1,) * (len(recipe.shape) - 1), channels),
        ),
        lambda: recipe.concat(0, recipe.last) if recipe.layers else recipe.relu(),
        lambda: recipe.transpose(*random.permutation(len(recipe.shape)).tolist()),
    ]
    choices[random.integers(len(choices))]()
