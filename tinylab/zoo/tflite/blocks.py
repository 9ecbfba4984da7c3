"""SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND around convolutions, as converters write dilation.

The first puts the pixels of each block of an image into batches of their own. What treats all
pixels alike is done on the image itself: a convolution of the batches is one of the image whose
dilation is the size of the blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

from tinylab.errors import ModelFileError
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import Pad, Slice
from tinylab.zoo.tflite.graph import Graph
from tinylab.zoo.tflite.shaping import become, check
from tinylab.zoo.tflite.tensors import Operator

KINDS = frozenset(
    {
        *("CONV_2D", "DEPTHWISE_CONV_2D", "EXPAND_DIMS", "RESHAPE", "SQUEEZE", "BATCH_TO_SPACE_ND"),
        *("RELU", "RELU6", "RELU_N1_TO_1", "LEAKY_RELU", "TANH", "LOGISTIC", "HARD_SWISH"),
    }
)
"""Operators on blocks."""


def refuse(graph: Graph, operator: Operator) -> NoReturn:
    raise ModelFileError(
        f"has the operator {graph.shown_operator(operator)} between SPACE_TO_BATCH_ND and "
        "BATCH_TO_SPACE_ND, which is not supported.",
        remedy="Convert the model again with a fixed input shape: the dilation of convolutions "
        "becomes part of them.",
    )


def dilation(graph: Graph, operator: Operator, own: tuple[int, int]) -> tuple[int, int]:
    """The dilation of a convolution on the image whose blocks it reads."""
    block = graph.blocks(operator.inputs[0])
    if block is None:
        return own
    options = operator.options
    check((options.StrideH(), options.StrideW()) == (1, 1), graph, operator, "strides in blocks")
    return own[0] * block[0], own[1] * block[1]


def _into_blocks(graph: Graph, operator: Operator) -> None:
    source = operator.inputs[0]
    sizes, pads = (graph.integers(tensor) for tensor in operator.inputs[1:3])
    shape = graph.shape(source)
    plain = not graph.is_flat(source) and not graph.is_wide(source)
    check(plain and len(shape) == len(sizes) + 1, graph, operator, f"an input of {shape}")
    top, left = ((0, 0), *((pads[2 * at], pads[2 * at + 1]) for at in range(len(sizes))))[-2:]
    name = graph.name_of(source)
    if any(pads):
        name = graph.builder.add("zero_padding2d", Pad((top, left)), name)
    padded = graph.builder.shapes[name][:-1]
    whole = all(size % block == 0 for size, block in zip(padded, sizes, strict=True))
    check(whole, graph, operator, f"blocks of {sizes} in {padded}")
    graph.define(operator.output, name, blocks=_pair(sizes))


def _out_of_blocks(graph: Graph, operator: Operator) -> None:
    source = operator.inputs[0]
    sizes, crops = (graph.integers(tensor) for tensor in operator.inputs[1:3])
    shape, block = graph.shape(source), graph.blocks(source)
    fits = block == _pair(sizes) and len(shape) == len(sizes) + 1
    check(fits, graph, operator, "other blocks than SPACE_TO_BATCH_ND made")
    begins, ends = crops[::2], crops[1::2]
    name, made = graph.name_of(source), shape
    if any(crops):
        kept = zip(shape, begins, ends, strict=False)
        made = (*(size - begin - end for size, begin, end in kept), shape[-1])
        operation = Slice((*begins, 0), made, (1,) * len(made))
        name = graph.builder.add("slice", operation, name)
    become(graph, operator.output, name, (1, *made))


def _pair(sizes: Shape) -> tuple[int, int]:
    return (1, sizes[0]) if len(sizes) == 1 else (sizes[0], sizes[1])


DEFINING: Mapping[str, Callable[[Graph, Operator], None]] = {
    "SPACE_TO_BATCH_ND": _into_blocks,
    "BATCH_TO_SPACE_ND": _out_of_blocks,
}
"""Each defines its output."""
