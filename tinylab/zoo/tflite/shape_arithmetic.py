"""Computes the operators that make shapes: whole numbers known before the network runs.

A converter that leaves the batch open writes operators such as SHAPE, GATHER and PACK, which
compute the shape of a RESHAPE. With a batch of one, their results are constants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tinylab.errors import ModelFileError
from tinylab.zoo.tflite.tensors import REMEDY_SHAPE

if TYPE_CHECKING:
    from tinylab.zoo.tflite.graph import Graph
    from tinylab.zoo.tflite.tensors import Operator

Integers = npt.NDArray[np.int64]
LONGEST = 1 << 16
"""Elements of a result: a shape has at most six or so, a range of positions more."""


def is_known(graph: Graph, operator: Operator) -> bool:
    """Whether an operator makes whole numbers of others that are known."""
    if operator.kind not in KINDS or not graph.is_integer(operator.output):
        return False
    return all(map(graph.is_known, _sources(operator)))


def compute(graph: Graph, operator: Operator) -> Integers:
    """The result of an operator. Raises ModelFileError if it depends on activations."""
    if operator.kind not in KINDS or not all(map(graph.is_known, _sources(operator))):
        raise ModelFileError(
            f"computes shapes at run time ({graph.shown_operator(operator)}).", remedy=REMEDY_SHAPE
        )
    result = np.asarray(KINDS[operator.kind](graph, operator), np.int64)
    if result.size > LONGEST:
        raise ValueError(f"{operator.kind} makes a shape of {result.size} numbers")
    return result


def _sources(operator: Operator) -> tuple[int, ...]:
    return () if operator.kind in ("SHAPE", "RANK") else operator.inputs


def _shape(graph: Graph, operator: Operator) -> Integers:
    return np.array(graph.any_shape(operator.inputs[0]))


def _rank(graph: Graph, operator: Operator) -> Integers:
    return np.array(len(graph.any_shape(operator.inputs[0])))


def _gather(graph: Graph, operator: Operator) -> Integers:
    values, positions = (graph.known(tensor) for tensor in operator.inputs)
    return np.asarray(np.take(values, positions, operator.options.Axis()))


def _reduced(function: Callable[..., Integers]) -> Compute:
    def compute_reduction(graph: Graph, operator: Operator) -> Integers:
        values, axes = (graph.known(tensor) for tensor in operator.inputs)
        return function(values, tuple(axes.ravel().tolist()), keepdims=False)

    return compute_reduction


def _fill(graph: Graph, operator: Operator) -> Integers:
    shape, number = (graph.known(tensor) for tensor in operator.inputs)
    if shape.prod() > LONGEST:
        raise ValueError(f"FILL makes {shape.prod()} numbers")
    return np.full(shape, number.ravel()[0])


def _range(graph: Graph, operator: Operator) -> Integers:
    first, end, step = (int(graph.known(tensor).ravel()[0]) for tensor in operator.inputs)
    if len(range(first, end, step)) > LONGEST:
        raise ValueError(f"RANGE makes {len(range(first, end, step))} numbers")
    return np.arange(first, end, step)


def _reshape(graph: Graph, operator: Operator) -> Integers:
    return graph.known(operator.inputs[0]).reshape(graph.integers(operator.inputs[1]))


def _expand(graph: Graph, operator: Operator) -> Integers:
    return np.expand_dims(graph.known(operator.inputs[0]), graph.integers(operator.inputs[1])[0])


def _slice(graph: Graph, operator: Operator) -> Integers:
    values = graph.known(operator.inputs[0])
    begins, sizes = (graph.integers(tensor) for tensor in operator.inputs[1:3])
    parts = zip(begins, sizes, strict=True)
    return values[tuple(slice(at, None if size < 0 else at + size) for at, size in parts)]


def _select(graph: Graph, operator: Operator) -> Integers:
    condition, first, second = (graph.known(tensor) for tensor in operator.inputs)
    return np.where(condition, first, second)


def _broadcast(graph: Graph, operator: Operator) -> Integers:
    wanted = graph.integers(operator.inputs[1])
    if np.prod(wanted) > LONGEST:
        raise ValueError(f"BROADCAST_TO makes {np.prod(wanted)} numbers")
    return np.broadcast_to(graph.known(operator.inputs[0]), wanted)


def _pack(graph: Graph, operator: Operator) -> Integers:
    return np.stack([graph.known(tensor) for tensor in operator.inputs])


def _concatenation(graph: Graph, operator: Operator) -> Integers:
    return np.concatenate([np.atleast_1d(graph.known(tensor)) for tensor in operator.inputs])


def _strided_slice(graph: Graph, operator: Operator) -> Integers:
    """Of one axis, as Python slices it."""
    values, begin, end, step = (graph.known(tensor) for tensor in operator.inputs)
    options = operator.options
    first = None if options.BeginMask() & 1 else int(begin.ravel()[0])
    last = None if options.EndMask() & 1 else int(end.ravel()[0])
    if options.ShrinkAxisMask() & 1:
        return np.asarray(values[int(begin.ravel()[0])])
    return np.asarray(values[first : last : int(step.ravel()[0])])


def _elementwise(function: Callable[[Integers, Integers], Integers]) -> Compute:
    def compute_elements(graph: Graph, operator: Operator) -> Integers:
        first, second = (graph.known(tensor) for tensor in operator.inputs)
        return function(first, second)

    return compute_elements


def _same(graph: Graph, operator: Operator) -> Integers:
    return graph.known(operator.inputs[0])


Compute = Callable[["Graph", "Operator"], Integers]
KINDS: Mapping[str, Compute] = {
    "SHAPE": _shape,
    "GATHER": _gather,
    "RANK": _rank,
    "REDUCE_PROD": _reduced(np.prod),
    "REDUCE_MAX": _reduced(np.max),
    "REDUCE_MIN": _reduced(np.min),
    "SUM": _reduced(np.sum),
    "FILL": _fill,
    "RANGE": _range,
    "RESHAPE": _reshape,
    "EXPAND_DIMS": _expand,
    "SLICE": _slice,
    "SELECT_V2": _select,
    "BROADCAST_TO": _broadcast,
    "PACK": _pack,
    "CONCATENATION": _concatenation,
    "STRIDED_SLICE": _strided_slice,
    "CAST": _same,
    "ADD": _elementwise(np.add),
    "SUB": _elementwise(np.subtract),
    "MUL": _elementwise(np.multiply),
    "MAXIMUM": _elementwise(np.maximum),
    "MINIMUM": _elementwise(np.minimum),
    "FLOOR_DIV": _elementwise(np.floor_divide),
    "FLOOR_MOD": _elementwise(np.mod),
    "LESS": _elementwise(np.less),
    "LESS_EQUAL": _elementwise(np.less_equal),
    "GREATER": _elementwise(np.greater),
    "GREATER_EQUAL": _elementwise(np.greater_equal),
    "EQUAL": _elementwise(np.equal),
    "NOT_EQUAL": _elementwise(np.not_equal),
    "LOGICAL_AND": _elementwise(np.logical_and),
    "LOGICAL_OR": _elementwise(np.logical_or),
}
