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
LONGEST = 64
"""Elements of a result; a shape has at most six or so."""


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
    return () if operator.kind == "SHAPE" else operator.inputs


def _shape(graph: Graph, operator: Operator) -> Integers:
    return np.array(graph.full_shape(operator.inputs[0]))


def _gather(graph: Graph, operator: Operator) -> Integers:
    """Along the first and only axis."""
    values, positions = (graph.known(tensor) for tensor in operator.inputs)
    return np.asarray(values.ravel()[positions])


def _product(graph: Graph, operator: Operator) -> Integers:
    return np.asarray(graph.known(operator.inputs[0]).prod())


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


def _slice(graph: Graph, operator: Operator) -> Integers:
    """Of one axis; a size of -1 takes what is left."""
    values, begin, size = (graph.known(tensor).ravel() for tensor in operator.inputs)
    (first,), (count,) = begin, size
    return values[first:] if count == -1 else values[first : first + count]


def _reshape(graph: Graph, operator: Operator) -> Integers:
    values, wanted = (graph.known(tensor) for tensor in operator.inputs)
    return values.reshape(tuple(int(size) for size in wanted.ravel()))


def _expand_dims(graph: Graph, operator: Operator) -> Integers:
    values, axis = (graph.known(tensor) for tensor in operator.inputs)
    return np.expand_dims(values, int(axis.ravel()[0]))


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
    "REDUCE_PROD": _product,
    "PACK": _pack,
    "CONCATENATION": _concatenation,
    "STRIDED_SLICE": _strided_slice,
    "SLICE": _slice,
    "RESHAPE": _reshape,
    "EXPAND_DIMS": _expand_dims,
    "CAST": _same,
    "ADD": _elementwise(np.add),
    "SUB": _elementwise(np.subtract),
    "MUL": _elementwise(np.multiply),
    "FLOOR_DIV": _elementwise(np.floor_divide),
    "MAXIMUM": _elementwise(np.maximum),
    "MINIMUM": _elementwise(np.minimum),
}
