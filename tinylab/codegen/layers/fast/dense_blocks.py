"""Dense layers of floats, computed in blocks of outputs by functions that are made for a core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tinylab.codegen.layers.dense import FloatDense
from tinylab.codegen.layers.fast.fast_kernel import Unsuited
from tinylab.codegen.layers.kernel import (
    Call,
    Kernel,
    Parameter,
    Request,
    Value,
)
from tinylab.zoo.network import elements
from tinylab.zoo.operations import Dense
from tinylab.zoo.tensor_type import FloatArray


class Part(NamedTuple):
    """Some blocks of the same width, one beside the other, from an output on."""

    blocks: int
    width: int
    first: int


@dataclass(frozen=True)
class Blocks:
    """The functions of a core: their names, with the width in place of `{}`, and their widths."""

    function: str
    narrowest: int
    widest: int
    twice: int = 0
    """How many weights may be used twice, so that all blocks have the same width: the functions
    must let a block that would go beyond the outputs end with them."""

    def split(self, inputs: int, outputs: int) -> Iterator[Part]:
        """As few blocks as possible, alike in width: one or two parts."""
        blocks = -(-outputs // self.widest)
        width, wider = divmod(outputs, blocks)
        if not wider:
            yield Part(blocks, width, 0)
        elif (blocks - wider) * inputs <= self.twice:
            yield Part(blocks, width + 1, 0)
        else:
            yield Part(wider, width + 1, 0)
            yield Part(blocks - wider, width, wider * (width + 1))


@dataclass(frozen=True, eq=False)
class DenseBlocksKernel(FloatDense):
    blocks: Blocks

    def parameters(self) -> tuple[Parameter, ...]:
        return (Parameter.of("weights", np.concatenate(list(self._stream()))),)

    def _stream(self) -> Iterator[FloatArray]:
        """For each block: the bias, then the weights of each input."""
        for blocks, width, first in self._parts:
            for block in range(blocks):
                start = min(first + block * width, self.layer.bias.size - width)
                yield self.layer.bias[start : start + width]
                yield self.layer.weights[:, start : start + width].reshape(-1)

    @property
    def _parts(self) -> tuple[Part, ...]:
        return tuple(self.blocks.split(*self.layer.weights.shape))

    def call(self) -> Call:
        if self.rows == 1 and len(self._parts) == 1:
            [(blocks, width, _)] = self._parts
            return Call(self.blocks.function.format(width), "tl_dense_t", self.fields, (blocks,))
        parts: list[Mapping[str, Value]] = [
            {
                "compute": self.blocks.function.format(width),
                "blocks": blocks,
                "first": first,
            }
            for blocks, width, first in self._parts
        ]
        shape = {"layer": self.fields, **dict(zip(("wide", "others"), parts, strict=False))}
        return Call("tl_dense_blocks_f32", "tl_dense_blocks_t", shape)


def kernel(request: Request, blocks: Blocks) -> Kernel | Unsuited:
    """For float tensors and weights that are not compressed."""
    layer = request.operation
    assert isinstance(layer, Dense)
    if not request.is_float:
        return Unsuited("computes floats")
    if request.codebook is not None:
        return Unsuited("has no compressed weights")
    if layer.bias.size < blocks.narrowest:
        return Unsuited(f"computes {blocks.narrowest} outputs or more")
    return DenseBlocksKernel(elements(request.inputs[0].shape[:-1]), layer, blocks)
