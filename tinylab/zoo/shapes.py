"""Output shapes, and TensorFlow's `same` padding in elements."""

from __future__ import annotations

from collections.abc import Sequence

from tinylab.errors import ModelFileError
from tinylab.zoo.execution.windows import dilated
from tinylab.zoo.network import Shape, spatial
from tinylab.zoo.operations import (
    GRU,
    LSTM,
    SVDF,
    ArgMax,
    Arithmetic,
    Concat,
    Constant,
    Conv,
    Dense,
    DepthwiseConv,
    Embedding,
    GlobalPool,
    IntegerLSTM,
    Operation,
    Pad,
    Padding,
    Pool,
    Repeat,
    Resize,
    SimpleRNN,
    Slice,
    Transpose,
    TransposeConv,
)

MAX_DIMENSIONS = 3
"""Height, width, channels: the dimensions that layers with positions, and moves, index."""
MOST_DIMENSIONS = 4
"""Of any tensor: a sequence of images. Layers that treat elements, or rows, alike take it."""


def same_padding(shape: Shape, window: tuple[int, int], stride: tuple[int, int]) -> Padding:
    """TensorFlow's `same`: the output is `ceil(input / stride)` long.

    If the total is odd, the end gets one more than the beginning.
    """
    height, width, _ = spatial(shape)
    return _same(height, window[0], stride[0]), _same(width, window[1], stride[1])


def _same(length: int, window: int, stride: int) -> tuple[int, int]:
    outputs = -(-length // stride)
    total = max((outputs - 1) * stride + window - length, 0)
    return total // 2, total - total // 2


def windowed(
    shape: Shape, window: tuple[int, int], stride: tuple[int, int], padding: Padding
) -> tuple[int, int]:
    """(height, width) of the output of a sliding window over `shape`."""
    height, width, _ = spatial(shape)
    rows = (height + sum(padding[0]) - window[0]) // stride[0] + 1
    columns = (width + sum(padding[1]) - window[1]) // stride[1] + 1
    if rows < 1 or columns < 1:
        raise ModelFileError(f"a window of {window[0]} x {window[1]} is larger than its input")
    return rows, columns


def output_shape(operation: Operation, inputs: Sequence[Shape]) -> Shape:
    """The output shape of `operation`, except `Reshape`, whose shape is not determined by it.

    Raises ModelFileError if the weights do not match the input.
    """
    if isinstance(operation, Constant):
        return operation.values.shape
    shape = inputs[0]
    match operation:
        case Dense(weights=weights):
            _expect_channels(shape, weights.shape[0])
            return (*shape[:-1], weights.shape[1])
        case Conv(kernel=kernel):
            _expect_channels(shape, kernel.shape[2] * operation.groups)
            covered = dilated(kernel.shape[:2], operation.dilation)
            size = windowed(shape, covered, operation.stride, operation.padding)
            return _like(shape, size, kernel.shape[3])
        case DepthwiseConv(kernel=kernel):
            _expect_channels(shape, kernel.shape[2])
            covered = dilated(kernel.shape[:2], operation.dilation)
            size = windowed(shape, covered, operation.stride, operation.padding)
            return _like(shape, size, kernel.shape[2] * kernel.shape[3])
        case TransposeConv(kernel=kernel):
            _expect_channels(shape, kernel.shape[2])
            return (*operation.size, kernel.shape[3])
        case Pool():
            size = windowed(shape, operation.size, operation.stride, operation.padding)
            return _like(shape, size, shape[-1])
        case ArgMax():
            return shape[:-1] or (1,)
        case GlobalPool():
            return (shape[-1],)
        case Pad(padding=padding):
            return _like(shape, windowed(shape, (1, 1), (1, 1), padding), shape[-1])
        case Arithmetic():
            return broadcast(inputs)
        case Concat(axis=axis):
            return _joined(inputs, axis)
        case Transpose(axes=axes):
            return tuple(shape[axis] for axis in axes)
        case Resize(size=size):
            return (*size, shape[-1])
        case Slice(size=size):
            return size
        case Repeat(shape=wanted):
            if broadcast((shape, wanted)) != wanted:
                raise ModelFileError(f"repeats {shape} as {wanted}")
            return wanted
        case Embedding(weights=weights):
            return (*shape, weights.shape[1])
        case IntegerLSTM(kernel=kernel, recurrent=state):
            _expect_channels(shape, kernel.shape[0])
            return (*shape[:1], *state.shape[:1])
        case SVDF(features=features, bias=offset):
            _expect_channels(shape, features.shape[1])
            return offset.shape
        case SimpleRNN() | GRU() | LSTM():
            _expect_channels(shape, operation.kernel.shape[0])
            units = operation.recurrent.shape[:1]
            if any(one != units for one in inputs[1:]):
                raise ModelFileError(f"begins with states of the shapes {inputs[1:]}")
            return (*shape[:1], *units) if operation.sequences else units
        case _:
            return shape


def broadcast(inputs: Sequence[Shape]) -> Shape:
    """The shape of an element-wise operation; dimensions of 1 are repeated."""
    longest = [max(sizes) for sizes in zip(*inputs, strict=False)]
    fits = all(
        len(shape) == len(longest)
        and all(size in (1, most) for size, most in zip(shape, longest, strict=True))
        for shape in inputs
    )
    if not fits:
        raise ModelFileError(f"combines tensors of the shapes {', '.join(map(str, inputs))}")
    return tuple(longest)


def _joined(inputs: Sequence[Shape], axis: int) -> Shape:
    rests = {(*shape[:axis], 0, *shape[axis + 1 :]) for shape in inputs}
    if len(rests) != 1:
        raise ModelFileError(
            f"joins tensors of the shapes {', '.join(map(str, inputs))} along dimension {axis}"
        )
    total = sum(shape[axis] for shape in inputs)
    return (*inputs[0][:axis], total, *inputs[0][axis + 1 :])


def _expect_channels(shape: Shape, channels: int) -> None:
    if shape[-1] != channels:
        raise ModelFileError(f"has weights for {channels} input channels but gets {shape[-1]}")


def _like(shape: Shape, size: tuple[int, int], channels: int) -> Shape:
    """`size` and `channels` as a shape with the number of dimensions of `shape`."""
    if len(shape) == MAX_DIMENSIONS:
        return (*size, channels)
    return (size[1], channels)
