"""The TensorFlow Lite operators that change the number of dimensions, with or without a batch.

With an open batch, a dense layer on several positions flattens its input to a matrix without a
batch (see `Graph`), and reshapes the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from tflite.ActivationFunctionType import ActivationFunctionType

from tinylab.errors import ModelFileError
from tinylab.zoo.network import Shape, elements
from tinylab.zoo.operations import Activate, Clip, Dense, Function, Operation
from tinylab.zoo.tensor_type import Array, Number
from tinylab.zoo.tflite import quantised_weights
from tinylab.zoo.tflite.graph import Graph, sample
from tinylab.zoo.tflite.tensors import Operator

FUSED: Mapping[int, Operation | None] = {
    ActivationFunctionType.NONE: None,
    ActivationFunctionType.RELU: Activate(Function.RELU),
    ActivationFunctionType.RELU6: Activate(Function.RELU6),
    ActivationFunctionType.RELU_N1_TO_1: Clip(-1.0, 1.0),
    ActivationFunctionType.TANH: Activate(Function.TANH),
}

BIASES = {Number.FLOAT32: np.float32, Number.INT8: np.int32, Number.INT16: np.int64}
"""The type of a bias that a file leaves out."""


def _fully_connected(graph: Graph, operator: Operator) -> None:
    check(operator.options.WeightsFormat() == 0, graph, operator, "shuffled weights")
    packed, quantization = quantised_weights.read(graph, operator, axis=0)
    weights = np.ascontiguousarray(packed.T)
    source, full = graph.name_of(operator.inputs[0]), graph.full_shape(operator.inputs[0])
    if not operator.options.KeepNumDims():
        total, inputs = elements(full), weights.shape[0]
        rows = total // inputs if inputs and total % inputs == 0 else 1
        full = (rows, total // rows)
        shape, _, _ = sample(full)
        if shape != graph.builder.shapes[source]:
            source = graph.builder.reshape("flatten", source, shape)
    offset = bias(graph, operator, weights.shape[1])
    operation = Dense(weights, offset, quantization, has_bias(operator))
    made = graph.type_of(operator.output)
    name = activated(graph, operator, graph.builder.add("dense", operation, source, type=made))
    become(graph, operator.output, name, (*full[:-1], weights.shape[1]))


def _reshape(graph: Graph, operator: Operator) -> None:
    """The shape is an input, which may have been computed; old files only state it."""
    if len(operator.inputs) > 1 and graph.is_known(operator.inputs[1]):
        wanted = graph.integers(operator.inputs[1])
    else:
        wanted = graph.stated_shape(operator.output)
    total = elements(graph.shape(operator.inputs[0]))
    known = elements(tuple(size for size in wanted if size != -1))
    _become(graph, operator, tuple(total // known if size == -1 else size for size in wanted))


def _squeeze(graph: Graph, operator: Operator) -> None:
    shape = graph.full_shape(operator.inputs[0])
    listed = operator.options.SqueezeDimsLength()
    axes = {operator.options.SqueezeDims(index) % len(shape) for index in range(listed)}
    ones = {axis for axis, size in enumerate(shape) if size == 1}
    dropped = axes & ones if axes else ones
    _become(graph, operator, tuple(n for axis, n in enumerate(shape) if axis not in dropped))


def _expand_dims(graph: Graph, operator: Operator) -> None:
    shape = graph.full_shape(operator.inputs[0])
    (axis,) = graph.integers(operator.inputs[1])
    place = axis % (len(shape) + 1)
    _become(graph, operator, (*shape[:place], 1, *shape[place:]))


def _become(graph: Graph, operator: Operator, full: Shape) -> None:
    """The output is the input in the shape `full`."""
    if graph.blocks(operator.inputs[0]):
        _become_blocks(graph, operator, full)
        return
    become(graph, operator.output, graph.name_of(operator.inputs[0]), full)


def _become_blocks(graph: Graph, operator: Operator, full: Shape) -> None:
    """Blocks get, or lose, a height of 1."""
    source, block = operator.inputs[0], graph.blocks(operator.inputs[0])
    given = graph.full_shape(source)
    long, same = ([size for size in shape[1:-1] if size > 1] for shape in (given, full))
    alike = given[0] == full[0] and given[-1] == full[-1] and long == same and len(full) in (3, 4)
    check(alike and block is not None, graph, operator, f"blocks of {given} as {full}")
    assert block is not None
    name, shape = graph.name_of(source), graph.shape(source)
    lengths = [size for size in shape[:-1] if size > 1]
    places = (*(1,) * (len(full) - 2 - len(lengths)), *lengths)
    check(len(full) == 4 or block[0] == 1, graph, operator, f"blocks of {given} as {full}")
    name = graph.builder.reshape_to(name, (*places, shape[-1]))
    graph.define(operator.output, name, blocks=block)


def become(graph: Graph, tensor: int, name: str, full: Shape) -> None:
    """`tensor` is the output of layer `name` in the shape `full`."""
    shape, flat, wide = sample(full)
    if graph.builder.shapes[name] != shape:
        name = graph.builder.reshape("reshape", name, shape)
    graph.define(tensor, name, flat=flat, wide=wide)


def has_bias(operator: Operator) -> bool:
    """Whether there is a third input."""
    return len(operator.inputs) > 2 and operator.inputs[2] >= 0


def bias(graph: Graph, operator: Operator, outputs: int) -> Array:
    """The third input; zeros if there is none."""
    if not has_bias(operator):
        return np.zeros(outputs, BIASES[graph.type_of(operator.inputs[0]).number])
    return graph.bias(operator.inputs[2])


def activated(graph: Graph, operator: Operator, name: str) -> str:
    """Append the fused activation after layer `name`; returns the result's name."""
    fused = operator.options.FusedActivationFunction()
    check(fused in FUSED, graph, operator, f"the fused activation {fused}")
    operation = FUSED[fused]
    return name if operation is None else graph.builder.add(f"{name}_nl", operation, name)


def check(supported: bool, graph: Graph, operator: Operator, what: str) -> None:
    """Raises ModelFileError unless `supported`."""
    if not supported:
        raise ModelFileError(
            f"has the operator {graph.shown_operator(operator)} with {what}, "
            "which is not supported.",
            remedy="Build the model without it and convert it again.",
        )


KINDS: Mapping[str, Callable[[Graph, Operator], None]] = {
    "FULLY_CONNECTED": _fully_connected,
    "RESHAPE": _reshape,
    "SQUEEZE": _squeeze,
    "EXPAND_DIMS": _expand_dims,
}
"""Each defines its output."""
