"""Whether the weights and settings of operations fit each other and their inputs.

Every network passes here, whatever file it comes from: what passes can be generated and executed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo.checks.float_layers import check_floats
from tinylab.zoo.checks.integer_sums import check_sums
from tinylab.zoo.checks.state_rules import check_integer_arrays, check_kept, check_state
from tinylab.zoo.checks.type_rules import check_type, check_types
from tinylab.zoo.network import Network, Shape, elements
from tinylab.zoo.operations import (
    GRU,
    LSTM,
    NO_PADDING,
    SVDF,
    Activate,
    Arithmetic,
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
    IntegerLSTM,
    LayerNorm,
    Operation,
    Pad,
    Padding,
    Pool,
    PoolKind,
    Recurrent,
    Repeat,
    Reshape,
    Resize,
    SimpleRNN,
    Slice,
    Transpose,
    TransposeConv,
)
from tinylab.zoo.shapes import MAX_DIMENSIONS, MOST_DIMENSIONS, output_shape
from tinylab.zoo.tensor_type import Array, TensorType

REMEDY = "The layers do not match each other, or the file is damaged; save the model again."
LARGEST = float(np.finfo(np.float32).max)
FLOATS = (np.dtype(np.float32),)
INTEGERS = {
    "weights": (np.dtype(np.int8),),
    "kernel": (np.dtype(np.int8),),
    "bias": (np.dtype(np.int32), np.dtype(np.int64)),
}
"""Types of a quantised operation's arrays."""
INPUTS: Mapping[type, int] = {Arithmetic: 2, Constant: 0}
"""Operations with another number of inputs than one; Concat has any but none."""


def check_network(network: Network) -> None:
    """Raises ModelFileError unless every layer reads earlier ones and outputs its shape."""
    shapes: dict[str, Shape] = {}
    types: dict[str, TensorType] = {}
    for one in network.inputs:
        check_dimensions(one.name, one.shape)
        shapes[one.name], types[one.name] = one.shape, one.type
    for state in network.states:
        check_state(state)
        shapes[state.name], types[state.name] = state.shape, state.type
    if len(shapes) != len(network.inputs) + len(network.states):
        raise ModelFileError("has two tensors of one name", remedy=REMEDY)
    if not network.layers:
        raise ModelFileError("the network has no layers", remedy="Check that it is the right file.")
    for layer in network.layers:
        if layer.name in shapes or not set(layer.inputs) <= shapes.keys():
            raise ModelFileError(f"layer {layer.name!r} is not in order", remedy=REMEDY)
        inputs = [shapes[name] for name in layer.inputs]
        made = check_layer(
            layer.name,
            layer.operation,
            inputs,
            layer.shape,
            types=([types[name] for name in layer.inputs], layer.type),
        )
        shapes[layer.name], types[layer.name] = made, layer.type
    check_kept(network)
    if not network.outputs or not set(network.outputs) <= shapes.keys():
        raise ModelFileError("has outputs that no layer makes", remedy=REMEDY)


def check_layer(
    name: str,
    operation: Operation,
    inputs: Sequence[Shape],
    stated: Shape | None,
    owner: str = "",
    *,
    types: tuple[Sequence[TensorType], TensorType],
) -> Shape:
    """The output shape of a layer; `stated` is required for Reshape, checked for all others.

    `owner` is what the file calls the layer, for messages; `types` are those of the inputs and
    that of the output.

    Raises ModelFileError if weights, settings and shapes do not fit each other.
    """
    shown = owner or f"layer {name!r}"
    try:
        _check_inputs(operation, len(inputs))
        _check_arrays(operation)
        _check_settings(operation, inputs)
        _check_quantization(operation)
        for one in (*types[0], types[1]):
            check_type(one)
        check_types(operation, *types)
        made = _shape(operation, inputs, stated)
        check_sums(operation, inputs, *types)
    except ModelFileError as error:
        raise ModelFileError(
            f"{shown} {error.message}", remedy=error.remedy or REMEDY, layer=name
        ) from error
    check_dimensions(name, made, shown)
    return made


def _check_inputs(operation: Operation, count: int) -> None:
    joins = isinstance(operation, Concat) or (isinstance(operation, Recurrent) and count <= 3)
    if count != INPUTS.get(type(operation), 1) and not (joins and count):
        raise ModelFileError(f"has {count} inputs")


def check_dimensions(name: str, shape: Shape, shown: str = "") -> None:
    """Raises ModelFileError for a tensor that has too many dimensions, or an empty one."""
    if len(shape) > MOST_DIMENSIONS or not shape or min(shape) < 1:
        raise ModelFileError(
            f"{shown or f'layer {name!r}'} has the shape {shape}",
            remedy="Tensors of one to four dimensions are supported.",
        )


def _shape(operation: Operation, inputs: Sequence[Shape], stated: Shape | None) -> Shape:
    if isinstance(operation, Reshape):
        assert stated is not None
        if elements(stated) != elements(inputs[0]):
            raise ModelFileError(
                f"reshapes {inputs[0]} to {stated}, a different number of elements"
            )
        return stated
    made = output_shape(operation, inputs)
    if stated is not None and stated != made:
        raise ModelFileError(f"has the output shape {made}, but the file states {stated}")
    return made


def _check_arrays(operation: Operation) -> None:
    if isinstance(operation, Constant):
        return _check_finite(operation.values)
    if isinstance(operation, IntegerLSTM | SVDF):
        return check_integer_arrays(operation)
    arrays = {key: value for key, value in vars(operation).items() if isinstance(value, np.ndarray)}
    quantised = getattr(operation, "quantization", None) is not None
    expected = INTEGERS if quantised else {}
    for key, array in arrays.items():
        if array.dtype not in expected.get(key, FLOATS):
            raise ModelFileError(f"has a {key} of {array.dtype} numbers, which is not supported")
        _check_finite(array)
    return None


def _check_finite(array: Array) -> None:
    if not np.isfinite(array).all():
        raise ModelFileError(
            "has weights that are not finite numbers",
            remedy="The training diverged, or the file is damaged; save the model again.",
        )


def _check_settings(operation: Operation, inputs: Sequence[Shape]) -> None:
    """Ranks and lengths. The number of input channels is checked with the output shape."""
    if not inputs:
        return
    given = inputs[0]
    if max(map(len, inputs)) > MAX_DIMENSIONS and not _passes_any(operation, inputs):
        raise ModelFileError(f"gets an input of the shape {given}")
    match operation:
        case Dense(weights=weights, bias=bias):
            _expect("weights", weights.shape, 2)
            _expect_bias(bias.shape, weights.shape[1])
        case Conv(kernel=kernel, bias=bias):
            _expect("a kernel", kernel.shape, 4)
            _expect_bias(bias.shape, kernel.shape[3])
            _check_window(operation, kernel.shape[:2], given)
            if operation.groups < 1 or kernel.shape[3] % operation.groups:
                raise ModelFileError(f"has {operation.groups} groups")
        case TransposeConv(kernel=kernel, bias=bias):
            _expect("a kernel", kernel.shape, 4)
            _expect_bias(bias.shape, kernel.shape[3])
            _check_spread(operation, given)
        case DepthwiseConv(kernel=kernel, bias=bias):
            _expect("a kernel", kernel.shape, 4)
            _expect_bias(bias.shape, kernel.shape[2] * kernel.shape[3])
            _check_window(operation, kernel.shape[:2], given)
        case Pool(size=size, padding=padding):
            if PoolKind(operation.kind) is PoolKind.SUM:
                raise ModelFileError("sums windows, which only pools over all positions do")
            _check_window(operation, size, given)
            if any(max(pair) >= length for pair, length in zip(padding, size, strict=True)):
                raise ModelFileError(f"pads its input by more than its window: {padding}")
        case BatchNorm(scale=scale, offset=offset):
            for name, array in (("a scale", scale), ("an offset", offset)):
                if array.shape != given[-1:]:
                    raise ModelFileError(f"has {name} of the shape {array.shape}, not {given[-1:]}")
        case Activate(function=function, factor=factor):
            Function(function)
            if not np.isfinite(factor):
                raise ModelFileError(f"has the factor {factor}")
        case Clip(low=low, high=high):
            if not (low <= high and low <= LARGEST and high >= -LARGEST):
                raise ModelFileError(f"limits its input to {low} and {high}")
        case Pad(padding=padding):
            _check_padding(padding, len(given) - 1)
        case Concat(axis=axis):
            if not 0 <= axis < len(given) or any(len(one) != len(given) for one in inputs):
                raise ModelFileError(f"joins along dimension {axis}")
        case Transpose(axes=axes):
            if sorted(axes) != list(range(len(given))):
                raise ModelFileError(f"reorders {len(given)} dimensions as {axes}")
        case Resize(size=size):
            Corners(operation.corners)
            if len(given) != MAX_DIMENSIONS or len(size) != 2:
                raise ModelFileError(f"makes images of {size} of the shape {given}")
        case Slice():
            _check_slice(operation, given)
        case Embedding() | LayerNorm() | SimpleRNN() | GRU() | LSTM():
            check_floats(operation, given)
        case IntegerLSTM() if len(given) != 2:
            raise ModelFileError(f"gets an input of the shape {given}, not of rows")
        case SVDF() if len(given) != 1:
            raise ModelFileError(f"gets an input of the shape {given}, not of one dimension")
        case _:
            pass


def _passes_any(operation: Operation, inputs: Sequence[Shape]) -> bool:
    """Whether tensors of more dimensions than an image are like others for the operation."""
    if isinstance(operation, Arithmetic):
        return all(shape == inputs[0] for shape in inputs)
    return not isinstance(operation, Transpose | Slice | Repeat | Resize)


def _check_slice(operation: Slice, given: Shape) -> None:
    parts = operation.begin, operation.size, operation.step
    if any(len(part) != len(given) for part in parts):
        raise ModelFileError(f"slices {len(given)} dimensions by {parts}")
    for length, begin, size, step in zip(given, *parts, strict=True):
        last = begin + (size - 1) * step
        if step == 0 or size < 1 or not (0 <= begin < length and 0 <= last < length):
            raise ModelFileError(f"takes {size} of {length} elements from {begin} by {step}")


def _expect(name: str, shape: Shape, dimensions: int) -> None:
    if len(shape) != dimensions or min(shape) < 1:
        raise ModelFileError(f"has {name} of the shape {shape}, not of {dimensions} dimensions")


def _expect_bias(shape: Shape, outputs: int) -> None:
    if shape != (outputs,):
        raise ModelFileError(f"has a bias of the shape {shape}, not ({outputs},)")


def _check_window(operation: Conv | DepthwiseConv | Pool, size: Shape, given: Shape) -> None:
    rank = len(given) - 1
    if operation.rank != rank:
        raise ModelFileError(f"of {operation.rank} dimensions gets an input of the shape {given}")
    _check_padding(operation.padding, rank)
    dilation = (1, 1) if isinstance(operation, Pool) else operation.dilation
    sides = (*size, *operation.stride, *dilation)
    if len(sides) != 6 or min(sides) < 1 or (rank == 1 and size[0] != 1):
        raise ModelFileError(f"has a window of {size} that moves by {operation.stride}")


def _check_spread(operation: TransposeConv, given: Shape) -> None:
    """The stride and the output's size: nothing of the output is beyond what the input reaches."""
    sides = (*operation.stride, *operation.size)
    if len(given) != MAX_DIMENSIONS or min(sides) < 1 or min(operation.cut) < 0:
        raise ModelFileError(f"makes {operation.size} of {given} by a stride of {operation.stride}")


def _check_quantization(operation: Operation) -> None:
    """One scale and one zero point for all output channels, or one for each."""
    weights = getattr(operation, "quantization", None)
    if weights is None:
        return
    outputs = getattr(operation, "bias", np.zeros(0)).size
    for name, array in (("scales", weights.scales), ("zero points", weights.zero_points)):
        if array.ndim != 1 or array.size not in (1, outputs):
            raise ModelFileError(f"has {array.size} {name} for {outputs} output channels")
    if not (np.isfinite(weights.scales).all() and (weights.scales > 0).all()):
        raise ModelFileError("has scales that are no positive numbers")


def _check_padding(padding: Padding, rank: int) -> None:
    (top, bottom), (left, right) = padding
    flat = rank == 1 and (top, bottom) != NO_PADDING[0]
    if rank not in (1, 2) or flat or min(top, bottom, left, right) < 0:
        raise ModelFileError(f"pads {rank} dimensions by {padding}")
