"""Convolutions, pools, and padding: operators that treat positions and channels differently."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tinylab.zoo.execution.windows import dilated
from tinylab.zoo.network import Shape, spatial
from tinylab.zoo.onnx import quantised, repeating
from tinylab.zoo.onnx.graph import Graph, check, layer_name
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.onnx.value import Value, channels_last
from tinylab.zoo.operations import (
    NO_PADDING,
    Conv,
    DepthwiseConv,
    GlobalPool,
    Pad,
    Padding,
    Pool,
    PoolKind,
)
from tinylab.zoo.shapes import same_padding
from tinylab.zoo.tensor_type import FLOAT, TensorType


def conv(graph: Graph, node: Node) -> None:
    """The file's kernel is (outputs, inputs / groups, positions...)."""
    value, weights = graph.value(node), graph.constant(node, 1)
    check_rank(node, value)
    check(weights.ndim == value.rank, node, f"a kernel of {weights.ndim} dimensions")
    group, channels = node.integer("group", 1), value.full[1]
    depthwise = group == channels and weights.shape[1] == 1 and group > 1
    packed, offset, quantization, made = quantised.weighted(graph, node, axis=0)
    kernel = packed if packed.ndim == 4 else packed[:, :, None, :]
    size = (kernel.shape[2], kernel.shape[3])
    source = graph.with_channels_last(node, value)
    rank = value.rank - 2
    stride, dilation = pair(node, "strides", rank), pair(node, "dilations", rank)
    padding = _padding(graph, node, value, dilated(size, dilation), stride)
    operation: Conv | DepthwiseConv
    biased = bool(node.source(2))
    if depthwise:
        check(kernel.shape[0] % group == 0, node, f"{kernel.shape[0]} outputs in {group} groups")
        split = kernel.reshape(group, -1, *size).transpose(2, 3, 0, 1)
        operation = DepthwiseConv(
            np.ascontiguousarray(split),
            *(offset, stride, padding, rank, quantization, dilation),
            biased=biased,
        )
    else:
        turned = np.ascontiguousarray(kernel.transpose(2, 3, 1, 0))
        operation = Conv(
            *(turned, offset, stride, padding, rank, quantization, dilation, group), biased=biased
        )
    name = graph.builder.add(layer_name(node), operation, source, type=made)
    define(graph, node, name, value.rank)


def define(graph: Graph, node: Node, name: str, rank: int) -> None:
    *places, channels = graph.builder.shapes[name]
    graph.define(node, Value(name, (1, channels, *places), channels_last(rank)))


def check_rank(node: Node, value: Value) -> None:
    check(value.rank in (3, 4), node, f"an input of {value.rank} dimensions")


def pair(node: Node, key: str, rank: int) -> tuple[int, int]:
    """An attribute with a number for each position; 1 for a missing height."""
    numbers = node.integers(key, (1,) * rank)
    check(len(numbers) == rank, node, f"{len(numbers)} numbers in {key!r}")
    return (1, numbers[0]) if rank == 1 else (numbers[0], numbers[1])


def _padding(
    graph: Graph, node: Node, value: Value, size: tuple[int, int], stride: tuple[int, int]
) -> Padding:
    rank = value.rank - 2
    mode = node.text("auto_pad", "NOTSET") or "NOTSET"
    if mode in ("SAME_UPPER", "SAME_LOWER"):
        padding = same_padding((*value.full[2:], 1), size, stride)
        if mode == "SAME_UPPER":
            return padding
        (top, bottom), (left, right) = padding
        return (bottom, top), (right, left)
    if mode == "VALID":
        return NO_PADDING
    check(mode == "NOTSET", node, f"auto_pad {mode!r}")
    pads = node.integers("pads", (0,) * 2 * rank)
    check(len(pads) == 2 * rank and min(pads, default=0) >= 0, node, f"the pads {pads}")
    pairs = [(pads[index], pads[index + rank]) for index in range(rank)]
    return (NO_PADDING[0], pairs[0]) if rank == 1 else (pairs[0], pairs[1])


def pool(kind: PoolKind) -> quantised.Lower:
    """MaxPool and AveragePool."""

    def lower_pool(graph: Graph, node: Node) -> None:
        value = graph.value(node)
        check_rank(node, value)
        check(set(node.integers("dilations", (1,))) == {1}, node, "dilation")
        check(not any(node.outputs[1:]), node, "the positions of the maxima as an output")
        rank = value.rank - 2
        check("kernel_shape" in node.attributes, node, "no kernel_shape")
        size = pair(node, "kernel_shape", rank)
        stride = pair(node, "strides", rank)
        source = graph.with_channels_last(node, value)
        padding = _padding(graph, node, value, size, stride)
        if kind is PoolKind.AVERAGE and node.integer("count_include_pad", 0):
            if any(map(any, padding)):
                source = _zero_padded(graph, source, padding)
            padding = NO_PADDING
        shape = graph.builder.shapes[source]
        if node.integer("ceil_mode", 0):
            padding = _ceiled(shape, size, stride, padding)
        operation = Pool(kind, size, stride, padding, rank)
        name = graph.builder.add(layer_name(node), operation, source)
        define(graph, node, name, value.rank)

    return lower_pool


def _zero_padded(graph: Graph, source: str, padding: Padding) -> str:
    """Zeros that count in an average; they are numbers, and so of float tensors alone."""
    return graph.builder.add("pad", Pad(padding), source, type=FLOAT)


def _ceiled(
    shape: Shape, size: tuple[int, int], stride: tuple[int, int], padding: Padding
) -> Padding:
    """More padding at the ends, so that a last, partial window counts.

    A window that would begin after the input, in the padding at its end, does not exist.
    """
    made = []
    for length, window, step, (begin, end) in zip(
        spatial(shape)[:2], size, stride, padding, strict=True
    ):
        count = math.ceil((length + begin + end - window) / step) + 1
        if (count - 1) * step >= length + begin:
            count -= 1
        made.append((begin, max(end, (count - 1) * step + window - length - begin)))
    return made[0], made[1]


def global_pool(kind: PoolKind) -> quantised.Lower:
    """GlobalAveragePool and GlobalMaxPool: the output keeps positions of size 1."""

    def lower_global(graph: Graph, node: Node) -> None:
        value = graph.value(node)
        check_rank(node, value)
        _pool_all(graph, node, value, kind, keep=True, made=quantised.made_type(graph, node))

    return lower_global


def _pool_all(
    graph: Graph, node: Node, value: Value, kind: PoolKind, *, keep: bool, made: TensorType
) -> None:
    """The pool over all positions of `value` (1, channels, positions...)."""
    source = graph.with_channels_last(node, value)
    name = graph.builder.add(layer_name(node), GlobalPool(kind), source, type=made)
    ones = (1,) * (value.rank - 2) if keep else ()
    full = (1, value.full[1], *ones)
    graph.define(node, Value(name, full, tuple(range(len(full)))))


def pad(graph: Graph, node: Node) -> None:
    """A number, or the tensor's own elements, around any axes."""
    value = graph.value(node)
    mode = node.text("mode", "constant")
    check(mode in ("constant", "reflect", "edge"), node, f"the mode {mode!r}", "Pad with a number.")
    fill = node.number("value", 0.0)
    if node.source(2):
        fill = float(graph.floats(node, 2).ravel()[0])
    pads = graph.listed(node, "pads", 1, ())
    axes = graph.integers(node, 3) if node.source(3) else tuple(range(value.rank))
    if len(pads) != 2 * len(axes):
        raise ValueError(f"{len(pads)} pads for {len(axes)} axes")
    listed = {
        axis % value.rank: (pads[index], pads[index + len(axes)]) for index, axis in enumerate(axes)
    }
    pairs = [listed.get(axis, (0, 0)) for axis in range(value.rank)]
    check(min(pads, default=0) >= 0, node, "negative pads, which crop")
    if not any(map(any, pairs)):
        graph.define(node, value)
    elif mode != "constant":
        graph.define(node, repeating.mirrored(graph, node, value, pairs, mode))
    elif _of_positions(value, pairs):
        _add_pad(graph, node, value, listed, fill)
    else:
        graph.define(node, repeating.padded(graph, node, value, pairs, fill))


def _of_positions(value: Value, pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether it is an image, or a signal, around whose positions there is padding."""
    if value.scattered is not None or value.rank not in (3, 4) or value.axes[0] != 0:
        return False
    outer = any(pairs[0]) or any(pairs[value.axes[-1]])
    return not outer and value.full[0] == 1


def _add_pad(
    graph: Graph, node: Node, value: Value, pairs: dict[int, tuple[int, int]], fill: float
) -> None:
    source = graph.arranged(node, value, value.axes[1:])
    given = [pairs.get(axis, (0, 0)) for axis in value.axes[1:-1]]
    padding: Padding = (NO_PADDING[0], given[0]) if len(given) == 1 else (given[0], given[1])
    name = graph.builder.add(layer_name(node), Pad(padding, fill), source)
    full = tuple(size + sum(pairs.get(axis, (0, 0))) for axis, size in enumerate(value.full))
    graph.define(node, replace(value, name=name, full=full))
