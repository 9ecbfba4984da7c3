"""The TensorFlow Lite operators on two tensors, element by element.

Floats and a constant become a batch normalisation or a limit, which cost less; other pairs one
operation on two tensors, where a constant is one of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from tinylab.zoo import affine
from tinylab.zoo.operations import Activate, Arithmetic, ArithmeticKind, Clip, Function
from tinylab.zoo.shapes import MAX_DIMENSIONS
from tinylab.zoo.tensor_type import FloatArray, Number
from tinylab.zoo.tflite.graph import Graph, sample
from tinylab.zoo.tflite.shaping import activated, become, check
from tinylab.zoo.tflite.tensors import Operator

Lower = Callable[[Graph, Operator], str]
SUM = Arithmetic(ArithmeticKind.ADD)


def _check_scales(graph: Graph, operator: Operator) -> None:
    """Raises ModelFileError where int16 terms are shifted, and rounded, before they are added."""
    types = [graph.type_of(one) for one in (*operator.inputs, operator.output)]
    shifted = operator.options.PotScaleInt16() and types[0].number is Number.INT16
    powers = all(math.frexp(one.scale or 1.0)[0] == 0.5 for one in types)
    check(not (shifted and powers), graph, operator, "scales that are powers of two")


def _combined(kind: ArithmeticKind, graph: Graph, operator: Operator) -> str:
    """Of the first two tensors; one with fewer dimensions gets more of length 1."""
    pair = operator.inputs[:2]
    computed = [tensor for tensor in pair if not graph.is_constant(tensor)]
    reader = max(computed or pair, key=lambda tensor: len(graph.any_shape(tensor)))
    alike = all(graph.is_flat(tensor) == graph.is_flat(reader) for tensor in computed)
    wide = any(graph.is_wide(tensor) for tensor in computed)
    if wide or not alike or not computed or not _fits(graph, reader, pair):
        return _combined_groups(kind, graph, operator, pair)
    rank, names = len(graph.shape(reader)), []
    for tensor in pair:
        name = graph.source(tensor, reader)
        shape = graph.builder.shapes[name]
        if len(shape) < rank:
            name = graph.builder.reshape("expand", name, (*(1,) * (rank - len(shape)), *shape))
        names.append(name)
    made = graph.type_of(operator.output)
    return graph.builder.add(kind.value, Arithmetic(kind), *names, type=made)


def _fits(graph: Graph, reader: int, pair: Sequence[int]) -> bool:
    """Whether the constants have the batch of the computed tensor, or none."""
    rank = len(graph.full_shape(reader))
    shapes = [graph.any_shape(tensor) for tensor in pair if graph.is_constant(tensor)]
    return all(
        len(shape) < rank or (len(shape) == rank and (shape[0] == 1 or graph.is_flat(reader)))
        for shape in shapes
    )


def _combined_groups(
    kind: ArithmeticKind, graph: Graph, operator: Operator, pair: Sequence[int]
) -> str:
    """Of tensors of any number of dimensions: those that repeat alike are one."""
    shapes = [graph.any_shape(tensor) for tensor in pair]
    made = np.broadcast_shapes(*shapes)
    padded = [(*(1,) * (len(made) - len(shape)), *shape) for shape in shapes]
    groups: list[list[int]] = []
    before: tuple[bool, ...] | None = None
    for axis, size in enumerate(made):
        repeats = tuple(shape[axis] != size for shape in padded)
        if size == 1:
            continue
        if repeats != before:
            groups.append([])
        groups[-1].append(axis)
        before = repeats
    check(len(groups) <= MAX_DIMENSIONS, graph, operator, f"the shapes {shapes[0]} and {shapes[1]}")
    names = [
        graph.builder.reshape_to(
            graph.name_of(tensor),
            tuple(math.prod(shape[axis] for axis in group) for group in groups) or (1,),
        )
        for tensor, shape in zip(pair, padded, strict=True)
    ]
    return graph.builder.add(
        kind.value, Arithmetic(kind), *names, type=graph.type_of(operator.output)
    )


def _of_floats(graph: Graph, operator: Operator) -> bool:
    """Whether the operator combines floats and a constant that is no larger."""
    first, second = _constant_last(graph, operator)
    if not (graph.is_constant(second) and graph.type_of(operator.output).is_float):
        return False
    if graph.is_constant(first):
        return False
    full, shape = graph.full_shape(first), graph.floats(second).shape
    if graph.is_wide(first) and math.prod(shape[:-1]) > 1:
        return False
    return bool(np.broadcast_shapes(full, shape) == full)


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
    """By a constant, a batch normalisation."""
    first, second = operator.inputs
    check(not graph.is_integer(operator.output), graph, operator, "whole numbers")
    if graph.is_constant(first) or not _of_floats(graph, operator):
        return activated(graph, operator, _combined(ArithmeticKind.DIVIDE, graph, operator))
    divisor = graph.floats(second)
    if not divisor.all():
        return activated(graph, operator, _combined(ArithmeticKind.DIVIDE, graph, operator))
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


def _pair(kind: ArithmeticKind, *, swapped: bool = False) -> Lower:
    """Of two tensors of floats or of whole numbers; comparisons of integers of one scale too."""

    def lower_pair(graph: Graph, operator: Operator) -> str:
        first, second = operator.inputs
        pair = (second, first) if swapped else (first, second)
        return _combined(kind, graph, replace(operator, inputs=pair))

    return lower_pair


def _compare(kind: ArithmeticKind, *, swapped: bool = False) -> Lower:
    """1 or 0. Quantised tensors must have one scale, so that their real numbers tell it."""

    def lower_comparison(graph: Graph, operator: Operator) -> str:
        kinds = {graph.type_of(tensor) for tensor in operator.inputs}
        check(len(kinds) == 1, graph, operator, "several scales")
        check(kinds.pop().is_float, graph, operator, "quantised numbers")
        return _pair(kind, swapped=swapped)(graph, operator)

    return lower_comparison


def _floor_divide(graph: Graph, operator: Operator) -> str:
    check(graph.type_of(operator.output).is_float, graph, operator, "quantised numbers")
    name = _combined(ArithmeticKind.DIVIDE, graph, operator)
    return graph.builder.add("floor", Activate(Function.FLOOR), name)


def _add_all(graph: Graph, operator: Operator) -> str:
    """ADD_N: any number of tensors of one shape."""
    name = graph.name_of(operator.inputs[0])
    for tensor in operator.inputs[1:]:
        other = graph.builder.reshape_to(graph.name_of(tensor), graph.builder.shapes[name])
        name = graph.builder.add("add", Arithmetic(ArithmeticKind.ADD), name, other)
    return name


def _select(graph: Graph, operator: Operator) -> None:
    """One of two tensors where the condition is 1, the other where it is 0.

    Each is 0 where the other is taken, and their sum has no rounding.
    """
    check(graph.type_of(operator.output).is_float, graph, operator, "quantised numbers")
    condition, first, second = operator.inputs
    if operator.kind == "SELECT":
        rank = len(graph.any_shape(condition))
        whole = rank in (0, len(graph.any_shape(first)))
        check(whole, graph, operator, "a condition for each row")
    full = np.broadcast_shapes(*(graph.any_shape(tensor) for tensor in operator.inputs))
    parts = []
    for kind, tensor in ((ArithmeticKind.WHERE, first), (ArithmeticKind.UNLESS, second)):
        made = np.broadcast_shapes(graph.any_shape(condition), graph.any_shape(tensor))
        check(made == full, graph, operator, "values that are repeated")
        name = _combined(kind, graph, replace(operator, inputs=(condition, tensor)))
        parts.append(graph.builder.reshape_to(name, sample(full)[0]))
    become(graph, operator.output, graph.builder.add("select", SUM, *parts), full)


def _prelu(graph: Graph, operator: Operator) -> str:
    return _combined(ArithmeticKind.PRELU, graph, operator)


def _constant_last(graph: Graph, operator: Operator) -> tuple[int, int]:
    first, second = operator.inputs[:2]
    return (second, first) if graph.is_constant(first) else (first, second)


KINDS: Mapping[str, Lower] = {
    "ADD": _add,
    "SUB": _subtract,
    "MUL": _multiply,
    "DIV": _divide,
    "MAXIMUM": _limit(ArithmeticKind.MAXIMUM),
    "MINIMUM": _limit(ArithmeticKind.MINIMUM),
    "PRELU": _prelu,
    "ADD_N": _add_all,
    "POW": _pair(ArithmeticKind.POWER),
    "SQUARED_DIFFERENCE": _pair(ArithmeticKind.SQUARED_DIFFERENCE),
    "FLOOR_DIV": _floor_divide,
    "LESS": _compare(ArithmeticKind.LESS),
    "LESS_EQUAL": _compare(ArithmeticKind.LESS_EQUAL),
    "GREATER": _compare(ArithmeticKind.LESS, swapped=True),
    "GREATER_EQUAL": _compare(ArithmeticKind.LESS_EQUAL, swapped=True),
    "EQUAL": _compare(ArithmeticKind.EQUAL),
    "NOT_EQUAL": _compare(ArithmeticKind.NOT_EQUAL),
    "LOGICAL_AND": _pair(ArithmeticKind.MINIMUM),
    "LOGICAL_OR": _pair(ArithmeticKind.MAXIMUM),
}
"""Each returns the name of its output."""
DEFINING = {"SELECT": _select, "SELECT_V2": _select}
"""Each defines its output."""
