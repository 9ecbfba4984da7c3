"""Gemm and MatMul with constant weights: dense layers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from tinylab.zoo.onnx import quantised
from tinylab.zoo.onnx.graph import Graph, check, layer_name
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.onnx.value import Value
from tinylab.zoo.operations import Dense
from tinylab.zoo.tensor_type import Array, FloatArray


def gemm(graph: Graph, node: Node) -> None:
    """`alpha x A x B + beta x C`; B may be transposed."""
    value = graph.value(node)
    check(value.rank == 2, node, f"an input of {value.rank} dimensions")
    one_row = 1 in value.full
    check(not node.integer("transA", 0) or one_row, node, "a transposed input")
    if node.integer("transA", 0):
        value = value.transposed((1, 0))
    weights, offset, quantization, made = quantised.weighted(
        graph, node, axis=0 if node.integer("transB", 0) else 1
    )
    if node.integer("transB", 0):
        weights = weights.T
    alpha, beta = node.number("alpha", 1.0), node.number("beta", 1.0)
    if quantization is None:
        weights = weights * np.float32(alpha)
        offset = offset * np.float32(beta)
    biased = bool(node.source(2))
    add_dense(graph, node, value, Dense(weights, offset, quantization, biased), made)


def matmul(graph: Graph, node: Node) -> None:
    """On the last axis of the first input; the second is a constant matrix."""
    value, weights = graph.value(node), graph.constant(node, 1)
    check(weights.ndim == 2, node, f"weights of {weights.ndim} dimensions")
    packed, offset, quantization, made = quantised.weighted(graph, node, axis=1)
    add_dense(graph, node, value, Dense(packed, offset, quantization, biased=False), made)


def add_dense(
    graph: Graph, node: Node, value: Value, operation: Dense, made: quantised.Type
) -> None:
    inputs, units = operation.weights.shape
    check(value.rank >= 1 and value.full[-1] == inputs, node, f"weights for {inputs} inputs")
    rows = math.prod(value.full[:-1])
    plain = tuple(range(value.rank))
    if rows == 1:
        source, weights = _in_memory_order(graph, value, operation.weights)
    else:
        kept = plain[1:] if value.rank > 2 and value.full[0] == 1 else plain
        source, weights = graph.arranged(node, value, kept), operation.weights
    weights = np.ascontiguousarray(weights)
    name = graph.builder.add(
        layer_name(node), replace(operation, weights=weights), source, type=made
    )
    graph.define(node, Value(name, (*value.full[:-1], units), plain))


def _in_memory_order(graph: Graph, value: Value, weights: Array) -> tuple[str, Array]:
    """The flat input as it is in memory, and the weights' rows in the same order.

    This is where an image with channels first becomes one with channels last.
    """
    count = value.full[-1]
    name = value.name
    if graph.shape_of(value) != (count,):
        name = graph.builder.reshape("flatten", name, (count,))
    if value.is_stored_as(tuple(range(value.rank))):
        return name, weights
    moved = np.empty_like(weights)
    moved[value.positions.ravel()] = weights
    return name, moved


def add_bias(graph: Graph, value: Value, offset: FloatArray) -> bool:
    """Add a constant to the dense layer that makes `value`, if that is the last one.

    A MatMul and an Add in the file are one layer. `offset` is in the order of memory.
    """
    last = graph.builder.layers[-1] if graph.builder.layers else None
    if last is None or last.name != value.name or not isinstance(last.operation, Dense):
        return False
    dense = last.operation
    if dense.quantization is not None or offset.size not in (1, dense.bias.size):
        return False
    if offset.ndim > 1 and offset.shape[-1] != offset.size:
        return False
    with np.errstate(over="ignore"):
        total = dense.bias + offset.reshape(-1)
    graph.builder.change_last(replace(dense, bias=total.astype(np.float32), biased=True))
    return True
