"""Proves that the sums of int8 layers stay in 32 bits, whatever the inputs.

TensorFlow Lite's reference kernels and ours add products in an int32, where more is undefined. The
greatest sum of an output channel is |bias| + sum of |weight - zero point| x the greatest
|input - zero point|: no partial sum exceeds it. Before the sum is multiplied by a number of 1 or
more, it is shifted left, in 32 bits too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinylab.errors import ModelFileError
from tinylab.zoo.execution.integer.sums import SQUARE_SHIFT, SUM_SHIFTS
from tinylab.zoo.network import Network, Shape, elements
from tinylab.zoo.operations import (
    Activate,
    Arithmetic,
    ArithmeticKind,
    Clip,
    Conv,
    Convert,
    Dense,
    DepthwiseConv,
    Function,
    GlobalPool,
    Operation,
    Pool,
    PoolKind,
    TransposeConv,
)
from tinylab.zoo.tensor_type import Number, TensorType

LARGEST = 2**31 - 1
MOST_FACTOR = 2.0**30
"""Kernels shift by fewer bits."""
ROOM = 256
"""For the output's zero point."""
SOFTMAX_SHIFT = 26
"""Bits by which the input of a softmax is raised; TensorFlow Lite wants a factor above 1 then."""
WRAPS = (
    "Weights of a scale of millions: products may wrap around in 32 bits, as in TensorFlow Lite, "
    "in {layers}."
)
MOST_NAMED = 3
REMEDY_SUM = (
    "Quantise the model again with smaller biases or fewer inputs of the layer, "
    "or run it with float32 tensors."
)
REMEDY_SCALE = (
    "Quantise the model again with samples that reach the layer's whole range: "
    "the scale of its output is too small for that of its input."
)

Weighted = Dense | Conv | DepthwiseConv | TransposeConv


@dataclass(frozen=True)
class Sum:
    """The greatest magnitude of a sum, and the real number that multiplies it then.

    `wide` says that the product is computed in 64 bits and must fit in 32 only at its end.
    `place` names an output channel.
    """

    greatest: int
    factor: float
    place: str = ""
    wide: bool = False

    @property
    def wraps(self) -> bool:
        """Whether the product could exceed an int32."""
        product = self.greatest * (self.factor if self.wide else _power(self.factor))
        return not product + ROOM <= LARGEST


def check_sums(
    operation: Operation, shapes: Sequence[Shape], types: Sequence[TensorType], made: TensorType
) -> None:
    """Raises ModelFileError for a layer whose sums, or their products, could exceed an int32.

    Only layers of int8 tensors are looked at, whose scales are positive numbers. The message lacks
    its subject, the layer.
    """
    if not types or any(one.number is not Number.INT8 for one in (*types, made)):
        return
    _check_function(operation, types[0], made)
    for one in _sums(operation, shapes, types, made):
        if one.greatest > LARGEST:
            raise ModelFileError(
                f"could overflow its 32-bit sum{one.place}: up to {one.greatest:,}, "
                f"and at most {LARGEST:,} fits",
                remedy=REMEDY_SUM,
            )
        if one.factor >= MOST_FACTOR or (not one.place and one.wraps):
            raise ModelFileError(
                f"could overflow 32 bits{one.place}: its value of up to {one.greatest:,} is "
                f"multiplied by {one.factor:.6g}, of input scale {types[0].step:.6g} and output "
                f"scale {made.step:.6g}",
                remedy=REMEDY_SCALE,
            )


def notes_on(network: Network) -> tuple[str, ...]:
    """Sentences on layers of a .tflite file whose products could exceed an int32.

    An output channel whose weights have a scale of millions is one that training lost. TensorFlow
    Lite runs it, and its product wraps around where its sum is not near 0; so does ours.
    """
    layers = _wrapping(network)
    return (WRAPS.format(layers=layers),) if layers else ()


def check_products(network: Network) -> None:
    """Raises ModelFileError for a network whose products could exceed an int32.

    For formats whose own reference saturates them.
    """
    layers = _wrapping(network)
    if layers:
        raise ModelFileError(
            f"has weights of a scale so large that products could overflow 32 bits, in {layers}.",
            remedy=REMEDY_SCALE,
        )


def _wrapping(network: Network) -> str:
    """The first of those layers, with their output channel."""
    found = []
    for layer in network.layers:
        given = [network.tensors[name].type for name in layer.inputs]
        if isinstance(layer.operation, Weighted) and given[0].number is Number.INT8:
            sums = _weighted(layer.operation, given[0], layer.type)
            found += [f"{layer.name}{one.place}" for one in sums if one.wraps][:1]
    return ", ".join(found[:MOST_NAMED])


def _power(factor: float) -> float:
    """The power of two that shifts a sum before it is multiplied by less than 1."""
    _, exponent = np.frexp(factor)
    return float(2.0 ** max(int(exponent), 0)) if np.isfinite(factor) else np.inf


def _check_function(operation: Operation, given: TensorType, made: TensorType) -> None:
    """TensorFlow Lite's own limits of the factors of two functions."""
    if not isinstance(operation, Activate):
        return
    if operation.function is Function.SOFTMAX:
        factor = operation.factor * given.step * 2.0**SOFTMAX_SHIFT
        if not factor > 1.0:
            raise ModelFileError(
                f"has the factor {operation.factor:g} and the input scale {given.step:.6g}, whose "
                f"product must be above 2^-{SOFTMAX_SHIFT}",
                remedy="Quantise the model again, or run it with float32 tensors.",
            )
    if operation.function is Function.HARD_SWISH and given.step / 128 >= made.step:
        raise ModelFileError(
            f"has the input scale {given.step:.6g}, which must be below 128 times its output "
            f"scale {made.step:.6g}",
            remedy=REMEDY_SCALE,
        )


def _sums(
    operation: Operation, shapes: Sequence[Shape], types: Sequence[TensorType], made: TensorType
) -> Iterator[Sum]:
    given = types[0]
    ratio = given.step / made.step
    match operation:
        case Dense() | Conv() | DepthwiseConv() | TransposeConv():
            yield from _weighted(operation, given, made)
        case Pool(kind=PoolKind.AVERAGE, size=size):
            yield Sum(elements(size) * 256, 0.5)
        case GlobalPool(kind=PoolKind.AVERAGE | PoolKind.SUM):
            yield Sum(elements(shapes[0][:-1]) * _reach(given), ratio)
        case Arithmetic(kind=kind):
            yield from _pair(kind, given, types[1], made)
        case Convert() | Clip():
            yield Sum(_reach(given), ratio)
        case Activate(function=Function.RELU | Function.RELU6 | Function.ABS):
            yield Sum(_reach(given), ratio)
        case Activate(function=Function.LEAKY_RELU, factor=slope):
            yield Sum(_reach(given), ratio * max(abs(slope), 1.0))
        case _:
            pass


def _weighted(operation: Weighted, given: TensorType, made: TensorType) -> Iterator[Sum]:
    """The greatest of all channels, and the one whose product is greatest."""
    if operation.quantization is None:
        return
    bounds = _bounds(operation, given)
    scales = operation.quantization.scales.astype(np.float64)
    factors = np.broadcast_to(given.step * scales / made.step, bounds.shape)
    wide = isinstance(operation, Dense)
    for channel in {int(bounds.argmax()), int((bounds * factors).argmax())}:
        place = f" of output channel {channel}"
        yield Sum(int(bounds[channel]), float(factors[channel]), place, wide)


def _bounds(operation: Weighted, given: TensorType) -> npt.NDArray[np.float64]:
    """The greatest magnitude of each output channel's sum, exact below 2**53: (outputs,)."""
    assert operation.quantization is not None
    weights = operation.weights if isinstance(operation, Dense) else operation.kernel
    flat = weights.reshape(-1, operation.bias.size).astype(np.float64)
    steps = np.abs(flat - operation.quantization.zero_points).sum(0)
    bounds: npt.NDArray[np.float64] = np.abs(operation.bias.astype(np.float64)) + steps * _reach(
        given
    )
    return bounds


def _reach(kind: TensorType) -> int:
    """The greatest distance of an element from the zero point."""
    low, high = kind.number.range
    return max(high - kind.zero_point, kind.zero_point - low)


def _pair(
    kind: ArithmeticKind, first: TensorType, second: TensorType, made: TensorType
) -> Iterator[Sum]:
    larger = max(first.step, second.step)
    terms = sum(one.step / (2 * larger) * _reach(one) for one in (first, second))
    if kind in (ArithmeticKind.ADD, ArithmeticKind.SUBTRACT):
        raised = SUM_SHIFTS[made.number]
        yield Sum(int(terms * 2**raised) + 2, 2 * larger / made.step / 2**raised)
    if kind is ArithmeticKind.SQUARED_DIFFERENCE:
        greatest = (int(terms * 2**SQUARE_SHIFT) + 2) ** 2
        yield Sum(greatest, (2 * larger) ** 2 / made.step / 2 ** (2 * SQUARE_SHIFT))
    if kind in (ArithmeticKind.MULTIPLY, ArithmeticKind.PRELU):
        yield Sum(_reach(first) * _reach(second), first.step * second.step / made.step)
    if kind is ArithmeticKind.PRELU:
        yield Sum(_reach(first), first.step / made.step)
