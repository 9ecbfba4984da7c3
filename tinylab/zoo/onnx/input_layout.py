"""In which order the elements of the network's inputs are in memory.

An image or a signal that goes to a convolution has its channels last, whatever the file says:
so no layer needs to turn it. All other inputs are in the order of the file.
"""

from __future__ import annotations

import numpy as np

from tinylab.zoo.onnx.graph import Graph
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.onnx.value import Axes, channels_last

WITH_CHANNELS = frozenset(
    {
        *("Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalMaxPool", "Resize"),
        *("GlobalAveragePool", "BatchNormalization", "Upsample"),
    }
)
"""Operators that have their channels on axis 1."""
KEEP_ORDER = frozenset(
    {
        *("Add", "Sub", "Mul", "Div", "Neg", "Relu", "Clip", "Sigmoid", "Tanh", "HardSigmoid"),
        *("Pad", "Cast", "Identity", "Dropout", "QuantizeLinear", "DequantizeLinear", "Max", "Min"),
        *("Softmax", "LeakyRelu"),
    }
)
"""Operators whose output has the axes of the input."""
ON_POSITIONS = {"Pad": "pads", "ReduceMean": "axes", "ReduceMax": "axes"}
"""Operators that may be on positions, by the numbers that say so."""


def order_of(graph: Graph, name: str, rank: int) -> Axes:
    """The axes of input `name` in the order in which they are in memory."""
    plain = tuple(range(rank))
    if rank < 3:
        return plain
    seen = {name}
    otherwise = plain
    waiting = [(name, plain)]
    while waiting:
        tensor, axes = waiting.pop(0)
        for node in graph.consumers[tensor]:
            if node.kind in WITH_CHANNELS and node.source(0) == tensor:
                return _known(tuple(axes[axis] for axis in channels_last(rank)))
            if _leaves_channels(graph, node, rank):
                otherwise = _known(tuple(axes[axis] for axis in channels_last(rank)))
            after = _after(node, axes)
            if after and node.outputs[0] not in seen:
                seen.add(node.outputs[0])
                waiting.append((node.outputs[0], after))
    return otherwise


def _known(axes: Axes) -> Axes:
    """The file's order or channels last, which users know; never one that the file's transposes
    make of them."""
    rank = len(axes)
    return axes if axes == tuple(range(rank)) else channels_last(rank)


def _leaves_channels(graph: Graph, node: Node, rank: int) -> bool:
    """Whether an operator pads or reduces the positions of a tensor that has channels first."""
    if node.kind not in ON_POSITIONS or len(node.inputs) > 3:
        return False
    found = graph.constants.get(node.source(1), node.attributes.get(ON_POSITIONS[node.kind], ()))
    numbers = [int(one) for one in np.ravel(found)]
    if node.kind != "Pad":
        return {one % rank for one in numbers} == set(range(2, rank))
    return len(numbers) == 2 * rank and not any(numbers[:2] + numbers[rank : rank + 2])


def _after(node: Node, axes: Axes) -> Axes:
    """The input's axes in the order of the operator's output; empty if they are others."""
    if node.kind == "Transpose":
        order = node.integers("perm", tuple(reversed(range(len(axes)))))
        inside = sorted(order) == list(range(len(axes)))
        return tuple(axes[axis] for axis in order) if inside else ()
    return axes if node.kind in KEEP_ORDER else ()
