"""Networks with weights from a seed: those of the catalogue, and arbitrary ones."""

from __future__ import annotations

import math

import numpy as np

from tinylab.zoo.network import (
    INPUT,
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
    FloatArray,
    Function,
    GlobalPool,
    Input,
    Layer,
    Network,
    Operation,
    Pad,
    Padding,
    Pool,
    PoolKind,
    Reshape,
    Resize,
    Shape,
    Slice,
    Transpose,
    TransposeConv,
    elements,
    spatial,
)


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

    def slice(self, begin: Shape, size: Shape, step: Shape) -> Recipe:
        return self.add(Slice(begin, size, step), size)

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
        lambda: recipe.activate(list(Function)[random.integers(len(Function))]),
        lambda: recipe.dropout().batch_norm(),
        lambda: recipe.clip(-0.5, 1.5),
        lambda: recipe.pad(((0, 0), (1, 2))),
        lambda: recipe.dense(int(random.integers(1, 10))),
        lambda: recipe.sum_with(str(random.choice(alike))) if alike else recipe.relu(),
        lambda: recipe.combine(
            list(ArithmeticKind)[random.integers(len(ArithmeticKind))],
            recipe.constant(*(1,) * (len(recipe.shape) - 1), channels),
        ),
        lambda: recipe.concat(0, recipe.last) if recipe.layers else recipe.relu(),
        lambda: recipe.transpose(*random.permutation(len(recipe.shape)).tolist()),
    ]
    choices[random.integers(len(choices))]()
