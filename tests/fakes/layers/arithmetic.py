"""The expected output of a network, in double precision, from the definitions."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from tests.fakes.layers import float_layers
from tinylab.zoo.network import INPUT, Network, spatial
from tinylab.zoo.operations import (
    GRU,
    LSTM,
    Activate,
    ArgMax,
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
    Resize,
    SimpleRNN,
    Slice,
    Transpose,
    TransposeConv,
)

Doubles = npt.NDArray[np.float64]


def expected(network: Network, given: npt.NDArray[np.float32]) -> Doubles:
    """The flat output for one input of the network's shape."""
    tensors: dict[str, Doubles] = {INPUT: given.astype(np.float64).reshape(network.input_shape)}
    for layer in network.layers:
        inputs = [tensors[name] for name in layer.inputs]
        tensors[layer.name] = _apply(layer.operation, inputs).reshape(layer.shape)
    return tensors[network.layers[-1].name].reshape(-1)


def _apply(operation: Operation, inputs: list[Doubles]) -> Doubles:
    if isinstance(operation, Constant):
        return operation.values.astype(np.float64)
    x = inputs[0]
    image = x.reshape(spatial(x.shape)) if x.ndim <= 3 else x
    match operation:
        case Dense():
            return x @ operation.weights + operation.bias
        case Conv() if operation.groups > 1:
            return _in_groups(image, operation)
        case Conv():
            windows = _kernel_windows(image, operation)
            return np.einsum("yxcij,ijco->yxo", windows, operation.kernel) + operation.bias
        case DepthwiseConv():
            windows = _kernel_windows(image, operation)
            product = np.einsum("yxcij,ijcm->yxcm", windows, operation.kernel)
            return product.reshape(*product.shape[:2], -1) + operation.bias
        case TransposeConv():
            return _spread(image, operation)
        case Pool(kind=PoolKind.MAX):
            padded = _padded(image, operation.padding, -np.inf)
            return _windows(padded, operation.size, operation.stride).max(axis=(3, 4))
        case Pool():
            padded = _padded(image, operation.padding, np.nan)
            return np.nanmean(_windows(padded, operation.size, operation.stride), axis=(3, 4))
        case ArgMax(least=least):
            return (x.argmin(-1) if least else x.argmax(-1)).astype(np.float64)
        case GlobalPool(kind=PoolKind.MAX):
            return image.max(axis=(0, 1))
        case GlobalPool(kind=PoolKind.SUM):
            return image.sum(axis=(0, 1))
        case GlobalPool():
            return image.mean(axis=(0, 1))
        case Activate():
            return _activated(operation.function, x, operation.factor)
        case Clip():
            return np.clip(x, operation.low, operation.high)
        case Arithmetic():
            return _combined(operation.kind, x, inputs[1])
        case Concat():
            return np.concatenate(inputs, operation.axis)
        case Transpose():
            return np.transpose(x, operation.axes)
        case Slice():
            for axis, (begin, size, step) in enumerate(
                zip(operation.begin, operation.size, operation.step, strict=True)
            ):
                x = x.take([begin + step * index for index in range(size)], axis)
            return x
        case Repeat(shape=shape):
            counts = [whole // size for whole, size in zip(shape, x.shape, strict=True)]
            return np.tile(x, counts)
        case Pad():
            return _padded(image, operation.padding, operation.value)
        case Resize():
            return _resized(image, operation)
        case BatchNorm():
            return x * operation.scale + operation.offset
        case Embedding():
            return operation.weights[x.astype(int)].astype(np.float64)
        case LayerNorm():
            return float_layers.normalised(operation, x)
        case SimpleRNN() | GRU() | LSTM():
            return float_layers.recurrent(operation, x)
        case _:
            return x


def _kernel_windows(image: Doubles, operation: Conv | DepthwiseConv) -> Doubles:
    (height, width), (down, right) = operation.kernel.shape[:2], operation.dilation
    size = ((height - 1) * down + 1, (width - 1) * right + 1)
    seen = _windows(_padded(image, operation.padding), size, operation.stride)
    return seen[..., ::down, ::right]


def _in_groups(image: Doubles, operation: Conv) -> Doubles:
    parts = [
        _apply(replace(operation, kernel=kernel, bias=bias, groups=1), [part])
        for part, kernel, bias in zip(
            np.split(image, operation.groups, 2),
            np.split(operation.kernel, operation.groups, 3),
            np.split(operation.bias, operation.groups),
            strict=True,
        )
    ]
    return np.concatenate(parts, 2)


def _spread(image: Doubles, operation: TransposeConv) -> Doubles:
    """Adds each input position's kernel to the output, as far as that reaches."""
    made = np.zeros((*operation.size, operation.kernel.shape[3])) + operation.bias
    for y, x, row, column in np.ndindex(*image.shape[:2], *operation.kernel.shape[:2]):
        top = y * operation.stride[0] + row - operation.cut[0]
        left = x * operation.stride[1] + column - operation.cut[1]
        if 0 <= top < made.shape[0] and 0 <= left < made.shape[1]:
            made[top, left] += image[y, x] @ operation.kernel[row, column]
    return made


def _resized(image: Doubles, operation: Resize) -> Doubles:
    """Both images cover the same area."""
    assert operation.corners is Corners.CENTRED
    scales = [given / made for given, made in zip(image.shape, operation.size, strict=False)]
    made = np.zeros((*operation.size, image.shape[2]))
    for place in np.ndindex(*operation.size):
        at = [(one + 0.5) * scale for one, scale in zip(place, scales, strict=True)]
        if not operation.bilinear:
            made[place] = image[int(at[0]), int(at[1])]
            continue
        for corner in np.ndindex(2, 2):
            near = [math.floor(one - 0.5) + step for one, step in zip(at, corner, strict=True)]
            shares = [1 - abs(one - 0.5 - pixel) for one, pixel in zip(at, near, strict=True)]
            y, x = (min(max(pixel, 0), n - 1) for pixel, n in zip(near, image.shape, strict=False))
            made[place] += shares[0] * shares[1] * image[y, x]
    return made


def _padded(image: Doubles, padding: Padding, value: float = 0.0) -> Doubles:
    return np.pad(image, (*padding, (0, 0)), constant_values=value)


def _windows(image: Doubles, size: tuple[int, ...], stride: tuple[int, int]) -> Doubles:
    """(rows, columns, channels, height, width)"""
    windows = np.lib.stride_tricks.sliding_window_view(image, size, axis=(0, 1))
    return windows[:: stride[0], :: stride[1]]


def _combined(kind: ArithmeticKind, a: Doubles, b: Doubles) -> Doubles:
    made: Doubles = {
        ArithmeticKind.ADD: lambda: a + b,
        ArithmeticKind.SUBTRACT: lambda: a - b,
        ArithmeticKind.MULTIPLY: lambda: a * b,
        ArithmeticKind.MAXIMUM: lambda: np.maximum(a, b),
        ArithmeticKind.MINIMUM: lambda: np.minimum(a, b),
        ArithmeticKind.PRELU: lambda: np.where(a >= 0, a, a * b),
        ArithmeticKind.DIVIDE: lambda: a / b,
        ArithmeticKind.POWER: lambda: a**b,
        ArithmeticKind.SQUARED_DIFFERENCE: lambda: (a - b) ** 2,
        ArithmeticKind.LESS: lambda: (a < b) * 1.0,
        ArithmeticKind.LESS_EQUAL: lambda: (a <= b) * 1.0,
        ArithmeticKind.EQUAL: lambda: (a == b) * 1.0,
        ArithmeticKind.NOT_EQUAL: lambda: (a != b) * 1.0,
        ArithmeticKind.WHERE: lambda: np.where(a != 0, b, 0.0),
        ArithmeticKind.UNLESS: lambda: np.where(a == 0, b, 0.0),
    }[kind]()
    return made


def _activated(function: Function, x: Doubles, factor: float) -> Doubles:
    if function is Function.SOFTMAX:
        raised = np.exp(x - x.max(axis=-1, keepdims=True))
        return raised / raised.sum(axis=-1, keepdims=True)
    return {
        Function.LINEAR: lambda: x,
        Function.RELU: lambda: np.maximum(x, 0),
        Function.RELU6: lambda: np.clip(x, 0, 6),
        Function.SIGMOID: lambda: 1 / (1 + np.exp(-x)),
        Function.TANH: lambda: np.tanh(x),
        Function.LEAKY_RELU: lambda: np.where(x >= 0, x, factor * x),
        Function.ELU: lambda: np.where(x >= 0, x, factor * np.expm1(np.minimum(x, 0))),
        Function.SELU: lambda: (
            1.0507009873554805
            * np.where(x >= 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0)))
        ),
        Function.SWISH: lambda: x / (1 + np.exp(-x)),
        Function.GELU: lambda: x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2))),
        Function.GELU_TANH: lambda: (
            0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
        ),
        Function.HARD_SWISH: lambda: x * np.clip(x + 3, 0, 6) / 6,
        Function.SOFTPLUS: lambda: np.logaddexp(0, x),
        Function.EXP: lambda: np.exp(x),
        Function.LOG: lambda: np.log(x),
        Function.LOG_SOFTMAX: lambda: x - np.log(np.exp(x).sum(axis=-1, keepdims=True)),
        Function.ABS: lambda: np.abs(x),
        Function.SIGN: lambda: np.sign(x),
        Function.SQUARE: lambda: x**2,
        Function.SQRT: lambda: np.sqrt(x),
        Function.RSQRT: lambda: x**-0.5,
        Function.RECIPROCAL: lambda: 1 / x,
        Function.SIN: lambda: np.sin(x),
        Function.COS: lambda: np.cos(x),
        Function.ERF: lambda: np.vectorize(math.erf)(x),
        Function.FLOOR: lambda: np.floor(x),
        Function.CEIL: lambda: np.ceil(x),
        Function.ROUND: lambda: np.round(x),
        Function.TRUNCATE: lambda: np.trunc(x),
    }[function]()
