"""The TensorFlow Lite operators on two tensors, element by element.

Floats and a constant become a batch normalisation or a limit, which cost less; other pairs one
operation on two tensors, where a constant is one of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from tinylab.zoo import affine
from tinylab.zoo.operations import Arithmetic, ArithmeticKind, Clip
from tinylab.zoo.tensor_type import FloatArray, Number
from tinylab.zoo.tflite.graph import Graph
from tinylab.zoo.tflite.shaping import activated, check
from tinylab.zoo.tflite.tensors import Operator

Lower = Callable[[Graph, Operator], str]


def _check_scales(graph: Graph, operator: Operator) -> None:
    """Raises ModelFileError where int16 terms are shifted, and rounded, before they are added."""
    types = [graph.type_of(one) for one in (*operator.inputs, operator.output)]
    shifted = operator.options.PotScaleInt16() and types[0].number is Number.INT16
    powers = all(math.frexp(one.scale or 1.0)[0] == 0.5 for one in types)
    check(not (shifted and powers), graph, operator, "scales that are powers of two")


def _combined(kind: ArithmeticKind, graph: Graph, operator: Operator) -> str:
    """Of two tensors; one with fewer dimensions gets more of length 1."""
    computed = [tensor for tensor in operator.inputs if not graph.is_constant(tensor)]
    reader = max(computed, key=lambda tensor: len(graph.full_shape(tensor)))
    alike = all(graph.is_flat(tensor) == graph.is_flat(reader) for tensor in computed)
    check(alike, graph, operator, "one input without a batch")
    rank, names = len(graph.shape(reader)), []
    for tensor in operator.inputs:
        name = graph.source(tensor, reader)
        shape = graph.builder.shapes[name]
        if len(shape) < rank:
            name = graph.builder.reshape("expand", name, (*(1,) * (rank - len(shape)), *shape))
        names.append(name)
    made = graph.type_of(operator.output)
    return graph.builder.add(kind.value, Arithmetic(kind), *names, type=made)


def _of_floats(graph: Graph, operator: Operator) -> bool:
    """Whether the operator combines floats and a constant that is no larger."""
    first, second = _constant_last(graph, operator)
    if not (graph.is_constant(second) and graph.is_float(operator.output)):
        return False
    full = graph.full_shape(first)
    return bool(np.broadcast_shapes(full, graph.floats(second).shape) == full)


def _add(graph: Graph, operator: Operator) -> str:
    """A constant is a batch normalisation's offset."""
    if not _of_floats(graph, operator):
        _check_scales(graph, operator)
        return activated(graph, operator, _combined(ArithmeticKind.ADD, graph, operator))
    first, second = _constant_last(graph, operator)
    offset, name = graph.floats(second), graph.name_of(first)
    if graph.uses(first) != 1 or not affine.add_to_last(graph.builder, name, offset):
        name = affine.append(graph.builder, "batch_normalization", name, offset=offset)
    return activated(graph, operator, name)


def _subtract(graph: Graph, operator: Operator) -> str:
    """A tensor minus a constant, or a constant minus a tensor, is a batch normalisation."""
    if not _of_floats(graph, operator):
        _check_scales(graph, operator)
        return activated(graph, operator, _combined(ArithmeticKind.SUBTRACT, graph, operator))
    first, second = _constant_last(graph, operator)
    numbers, name = graph.floats(second), graph.name_of(first)
    reverse = first != operator.inputs[0]
    scale, offset = (-1.0, numbers) if reverse else (1.0, -numbers)
    name = affine.append(graph.builder, "batch_normalization", name, scale, offset)
    return activated(graph, operator, name)


def _multiply(graph: Graph, operator: Operator) -> str:
    """A constant is a batch normalisation's scale."""
    if not _of_floats(graph, operator):
        return activated(graph, operator, _combined(ArithmeticKind.MULTIPLY, graph, operator))
    first, second = _constant_last(graph, operator)
    return _scaled(graph, operator, first, graph.floats(second))


def _divide(graph: Graph, operator: Operator) -> str:
    first, second = operator.inputs
    check(graph.is_constant(second), graph, operator, "a computed divisor")
    divisor = graph.floats(second)
    check(bool(divisor.all()), graph, operator, "a divisor of zero")
    with np.errstate(over="ignore"):
        return _scaled(graph, operator, first, np.float32(1) / divisor)


def _scaled(graph: Graph, operator: Operator, tensor: int, scale: FloatArray) -> str:
    source = graph.name_of(tensor)
    name = affine.append(graph.builder, "batch_normalization", source, scale)
    return activated(graph, operator, name)


def _limit(kind: ArithmeticKind) -> Lower:
    """MINIMUM and MAXIMUM; of floats and one number: a limit."""

    def lower_limit(graph: Graph, operator: Operator) -> str:
        first, second = _constant_last(graph, operator)
        if not (_of_floats(graph, operator) and graph.floats(second).size == 1):
            return _combined(kind, graph, operator)
        number = float(graph.floats(second).ravel()[0])
        upper = kind is ArithmeticKind.MINIMUM
        operation = Clip(-math.inf, number) if upper else Clip(number, math.inf)
        return graph.builder.add("clip", operation, graph.name_of(first))

    return lower_limit


def _prelu(graph: Graph, operator: Operator) -> str:
    return _combined(ArithmeticKind.PRELU, graph, operator)


def _constant_last(graph: Graph, operator: Operator) -> tuple[int, int]:
    first, second = operator.inputs
    return (second, first) if graph.is_constant(first) else (first, second)


KINDS: Mapping[str, Lower] = {
    "ADD": _add,
    "SUB": _subtract,
    "MUL": _multiply,
    "DIV": _divide,
    "MAXIMUM": _limit(ArithmeticKind.MAXIMUM),
    "MINIMUM": _limit(ArithmeticKind.MINIMUM),
    "PRELU": _prelu,
}
"""Each returns the name of its output."""
