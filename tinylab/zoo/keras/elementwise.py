"""The Keras layers, and operations on tensors, that work element by element."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from tinylab.zoo import affine
from tinylab.zoo.keras import layer_settings as settings
from tinylab.zoo.keras.call_arguments import Call, Lower, activated
from tinylab.zoo.keras.connections import Constant
from tinylab.zoo.operations import Activate, Arithmetic, ArithmeticKind, Clip, Function
from tinylab.zoo.tensor_type import FloatArray

POWERS = {
    2.0: Function.SQUARE,
    0.5: Function.SQRT,
    -0.5: Function.RSQRT,
    -1.0: Function.RECIPROCAL,
}
SMALLEST_DEVIATION = np.float32(1e-7)
"""Keras' epsilon, which Normalization uses instead of a smaller standard deviation."""
REMEDY_CONSTANT = "Divisions are supported by a constant, other operations of tensors too."


def add(call: Call) -> str:
    """Adds two inputs at a time; a sum of n inputs becomes n - 1 layers."""
    if call.constants:
        return affine.append(call.builder, call.name, _one(call), offset=_numbers(call))
    return _sum(call, call.name)


def average(call: Call) -> str:
    total = _sum(call, f"{call.name}_sum")
    return affine.append(call.builder, call.name, total, scale=1 / len(call.sources))


def _sum(call: Call, name: str) -> str:
    return _combined(call, ArithmeticKind.ADD, name)


def _combined(call: Call, kind: ArithmeticKind, name: str = "") -> str:
    """Of all tensors, two at a time; those with fewer dimensions get more of length 1."""
    rank = max(len(call.builder.shapes[source]) for source in call.sources)
    sources = []
    for source in call.sources:
        shape = call.builder.shapes[source]
        if len(shape) < rank:
            shape = (*(1,) * (rank - len(shape)), *shape)
            source = call.builder.reshape(f"{call.name}_expand", source, shape)
        sources.append(source)
    total = sources[0]
    for source in sources[1:]:
        total = call.builder.add(name or call.name, Arithmetic(kind), total, source)
    return total


def subtract(call: Call) -> str:
    if len(call.sources) == 2:
        return _combined(call, ArithmeticKind.SUBTRACT)
    numbers, source = _numbers(call), _one(call)
    if isinstance(call.operands[0], Constant):
        return affine.append(call.builder, call.name, source, scale=-1.0, offset=numbers)
    return affine.append(call.builder, call.name, source, offset=-numbers)


def multiply(call: Call) -> str:
    if len(call.sources) > 1 and not call.constants:
        return _combined(call, ArithmeticKind.MULTIPLY)
    return affine.append(call.builder, call.name, _one(call), scale=_numbers(call))


def divide(call: Call) -> str:
    """By a constant, a scale."""
    if len(call.sources) > 1 and not call.constants:
        return _combined(call, ArithmeticKind.DIVIDE)
    numbers = _numbers(call)
    if isinstance(call.operands[0], Constant):
        inverse = call.builder.add(
            f"{call.name}_inverse", Activate(Function.RECIPROCAL), _one(call)
        )
        return affine.append(call.builder, call.name, inverse, scale=numbers)
    if not numbers.all():
        call.refuse("divides by zero", "Divide by another constant.")
    with np.errstate(over="ignore"):
        return affine.append(call.builder, call.name, _one(call), scale=1 / numbers)


def negative(call: Call) -> str:
    return affine.append(call.builder, call.name, _one(call), scale=-1.0)


def power(call: Call) -> str:
    """The usual exponents are functions of their own."""
    if not call.constants:
        return _combined(call, ArithmeticKind.POWER)
    numbers, source = _numbers(call), _one(call)
    last = not isinstance(call.operands[0], Constant)
    function = POWERS.get(float(numbers.ravel()[0])) if last and numbers.size == 1 else None
    if function is not None:
        return call.builder.add(call.name, Activate(function), source)
    rank = len(call.builder.shapes[source])
    shape = (*(1,) * (rank - numbers.ndim), *numbers.shape)[-rank:]
    constant = call.builder.constant(f"{call.name}_constant", numbers.reshape(shape))
    pair = (source, constant) if last else (constant, source)
    return call.builder.add(call.name, Arithmetic(ArithmeticKind.POWER), *pair)


def maximum(call: Call) -> str:
    if len(call.sources) > 1 and not call.constants:
        return _combined(call, ArithmeticKind.MAXIMUM)
    return _clipped(call, low=_single(call))


def minimum(call: Call) -> str:
    if len(call.sources) > 1 and not call.constants:
        return _combined(call, ArithmeticKind.MINIMUM)
    return _clipped(call, high=_single(call))


def clip(call: Call) -> str:
    own = call.settings(settings.Clip)
    return _clipped(call, own.x_min, own.x_max)


def _clipped(call: Call, low: float = -math.inf, high: float = math.inf) -> str:
    bounds = call.array([low, high]).tolist()  # one beyond float32 becomes infinite
    return call.builder.add(call.name, Clip(*bounds), _one(call))


def _one(call: Call) -> str:
    """The only tensor of the call. Raises ModelFileError if there are more."""
    if len(call.sources) != 1:
        call.refuse("combines several tensors, which is not supported", REMEDY_CONSTANT)
    return call.sources[0]


def _numbers(call: Call) -> npt.NDArray[np.float32]:
    """The only constant of the call. Raises ModelFileError if there is none."""
    if len(call.constants) != 1:
        call.refuse("combines two tensors, which is not supported", REMEDY_CONSTANT)
    return call.array(call.constants[0].value)


def _single(call: Call) -> float:
    numbers = _numbers(call)
    if numbers.size != 1:
        call.refuse("compares with more than one number", "Compare with a single number.")
    return float(numbers.ravel()[0])


def leaky_relu(call: Call) -> str:
    return _leaky(call, call.settings(settings.LeakyReLU).slope)


def leaky_operation(call: Call) -> str:
    return _leaky(call, call.settings(settings.LeakyOperation).negative_slope)


def _leaky(call: Call, slope: float, name: str = "") -> str:
    operation = Activate(Function.LEAKY_RELU, slope)
    return call.builder.add(name or call.name, operation, _one(call))


def elu(call: Call) -> str:
    operation = Activate(Function.ELU, call.settings(settings.ELU).alpha)
    return call.builder.add(call.name, operation, _one(call))


def gelu(call: Call) -> str:
    approximate = call.settings(settings.Gelu).approximate
    function = Function.GELU_TANH if approximate else Function.GELU
    return call.builder.add(call.name, Activate(function), _one(call))


def relu(call: Call) -> str:
    own = call.settings(settings.ReLU)
    if own.threshold:
        call.refuse("has a threshold", "ReLU is supported with a slope and a maximum.")
    if own.negative_slope:
        name = "" if own.max_value is None else f"{call.name}_slope"
        made = _leaky(call, own.negative_slope, name)
        if own.max_value is None:
            return made
        return call.builder.add(call.name, Clip(-math.inf, own.max_value), made)
    if own.max_value in (None, 6.0):
        return activated(call, call.sources[0], "relu" if own.max_value is None else "relu6")
    return _clipped(call, 0.0, own.max_value)


def rescaling(call: Call) -> str:
    own = call.settings(settings.Rescaling)
    scale, offset = call.array(own.scale), call.array(own.offset)
    return affine.append(call.builder, call.name, call.sources[0], scale=scale, offset=offset)


def normalization(call: Call) -> str:
    """Two layers: a mean that is large beside the deviation is subtracted first, as in Keras."""
    own = call.settings(settings.Normalization)
    kept = _kept_axes(call, own)
    full = (1, *call.shape)
    shape = tuple(size if axis in kept else 1 for axis, size in enumerate(full))
    mean, variance = _statistics(call, own, tuple(full[axis] for axis in kept), shape)
    with np.errstate(invalid="ignore"):  # a negative variance is refused as not finite
        deviation = np.maximum(np.sqrt(variance), SMALLEST_DEVIATION)
    if own.invert:
        return affine.append(call.builder, call.name, call.sources[0], scale=deviation, offset=mean)
    centred = affine.append(call.builder, f"{call.name}_mean", call.sources[0], offset=-mean)
    return affine.append(call.builder, call.name, centred, scale=1 / deviation)


def _kept_axes(call: Call, own: settings.Normalization) -> tuple[int, ...]:
    """The axes along which the statistics differ, counted with the batch."""
    axes = (own.axis,) if isinstance(own.axis, int) else own.axis or ()
    rank = len(call.shape) + 1
    kept = tuple(sorted({axis % rank for axis in axes if -rank <= axis < rank}))
    if len(kept) != len(axes) or 0 in kept:
        call.refuse(f"normalises the axes {axes}", settings.REMEDY)
    return kept


def _statistics(
    call: Call, own: settings.Normalization, kept: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance as arrays of `shape`; given as settings, or weights of shape `kept`."""
    if own.mean is None:
        arrays = call.weights(mean=kept, variance=kept, count=())
        return arrays["mean"].reshape(shape), arrays["variance"].reshape(shape)
    given = call.array(own.mean), call.array(own.variance)
    if any(array.ndim > len(kept) for array in given):
        call.refuse("has a mean of too many dimensions", settings.REMEDY)
    try:
        mean, variance = (np.broadcast_to(array, kept).reshape(shape) for array in given)
    except ValueError:
        call.refuse(f"has a mean of the shape {given[0].shape}, not {kept}", settings.REMEDY)
    return mean, variance


def function(kind: Function) -> Lower:
    """A function of each number as an operation on a tensor."""
    return lambda call: call.builder.add(call.name, Activate(kind), _one(call))


def operation(name: str) -> Lower:
    """An activation function as an operation on a tensor."""

    def lower_operation(call: Call) -> str:
        return activated(call, _one(call), name)

    return lower_operation


def old_operation(call: Call) -> str:
    """TFOpLambda, an operation on a tensor in Keras 2: its setting names the function."""
    function = call.settings(settings.TFOpLambda).function
    if function not in OLD_FUNCTIONS:
        call.refuse(f"calls tf.{function}, which is not supported", REMEDY_CONSTANT)
    return OLD_FUNCTIONS[function](call)


OLD_FUNCTIONS: Mapping[str, Lower] = {
    "__operators__.add": add,
    "math.add": add,
    "math.subtract": subtract,
    "math.multiply": multiply,
    "math.truediv": divide,
    "math.divide": divide,
    "math.maximum": maximum,
    "math.minimum": minimum,
    "math.exp": operation("exponential"),
    "math.abs": function(Function.ABS),
    "math.log": function(Function.LOG),
    "math.negative": negative,
    "math.pow": power,
    "math.rsqrt": function(Function.RSQRT),
    "math.sqrt": function(Function.SQRT),
    "math.square": function(Function.SQUARE),
    "math.sigmoid": operation("sigmoid"),
    "math.softplus": operation("softplus"),
    "math.tanh": operation("tanh"),
    "nn.elu": operation("elu"),
    "nn.relu": operation("relu"),
    "nn.relu6": operation("relu6"),
    "nn.selu": operation("selu"),
    "nn.sigmoid": operation("sigmoid"),
    "nn.silu": operation("silu"),
    "nn.softplus": operation("softplus"),
    "nn.tanh": operation("tanh"),
}
"""By the function's name under `tf.`."""
