"""Any sequence of operators that turn and reshape a tensor gives onnxruntime's outputs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.onnx.files import Array, compare, model, node, numbers, whole
from tinylab.errors import ModelFileError

POOL = {"kernel_shape": [2, 2]}
KINDS = ("Conv", "MaxPool", "Relu", "Add", "Transpose", "Reshape", "Flatten", "BatchNormalization")
SIZES = (2, 3, 5, 7)


@dataclass
class Chain:
    """Operators one after the other, and the shape of the last one's output."""

    shape: tuple[int, ...]
    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    last: str = "x"

    def append(self, kind: str, *constants: Array, **attributes: Any) -> None:
        index = len(self.nodes)
        names = [f"c{index}_{number}" for number in range(len(constants))]
        self.constants.update(zip(names, constants, strict=True))
        made = f"t{index}"
        self.nodes.append(node(kind, " ".join([self.last, *names]), made, **attributes))
        self.last = made

    def extend(self, kind: str, data: st.DataObject) -> None:
        """Append an operator, if the shape allows it."""
        rank = len(self.shape)
        match kind:
            case "Conv" if rank in (3, 4):
                self.append("Conv", numbers(3, self.shape[1], *(1,) * (rank - 2)))
                self.shape = (1, 3, *self.shape[2:])
            case "MaxPool" if rank in (3, 4) and min(self.shape[2:]) > 1:
                self.append("MaxPool", kernel_shape=[2] * (rank - 2))
                self.shape = (*self.shape[:2], *(size - 1 for size in self.shape[2:]))
            case "BatchNormalization" if rank > 1:
                factors = [abs(numbers(self.shape[1], seed=seed)) + 1 for seed in range(4)]
                self.append(kind, *factors)
            case "Relu":
                self.append("Relu")
            case "Add":
                axis = data.draw(st.integers(0, rank - 1))
                self.append("Add", numbers(self.shape[axis], *(1,) * (rank - 1 - axis)))
            case "Transpose":
                order = (0, *data.draw(st.permutations(range(1, rank))))
                self.append("Transpose", perm=list(order))
                self.shape = tuple(self.shape[axis] for axis in order)
            case "Reshape":
                sizes = data.draw(st.permutations(self.shape[1:]))
                self.append("Reshape", whole(1, *sizes))
                self.shape = (1, *sizes)
            case "Flatten":
                self.append("Flatten")
                self.shape = (1, math.prod(self.shape))

    def made(self, given_shape: tuple[int, ...]) -> onnx.ModelProto:
        return model(self.nodes, {"x": given_shape}, [self.last], self.constants)


@settings(max_examples=120)
@given(data=st.data())
def test_outputs_are_those_of_onnxruntime_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    sizes = data.draw(st.lists(st.sampled_from(SIZES), min_size=1, max_size=3, unique=True))
    shape = (1, *sizes)
    chain = Chain(shape)
    for kind in data.draw(st.lists(st.sampled_from(KINDS), max_size=6)):
        chain.extend(kind, data)
    chain.extend("Flatten", data)
    chain.append("Gemm", numbers(chain.shape[1], 2))
    try:
        compare(chain.made(shape), tmp_path_factory.getbasetemp(), samples=1)
    except ModelFileError as error:
        # A convolution of an image that was turned in another way needs a transposition.
        assert "in another order than the layers before it" in error.message  # noqa: PT017


@pytest.mark.parametrize("order", [(0, 1, 3, 2), (0, 3, 2, 1)])
def test_an_image_that_the_file_turns_is_given_with_its_own_channels_last(
    order: tuple[int, ...], tmp_path: Path
) -> None:
    nodes = [node("Transpose", "x", "t", perm=list(order)), node("MaxPool", "t", "y", **POOL)]
    network = compare(model(nodes, {"x": (1, 3, 5, 7)}, ["y"]), tmp_path)
    assert network.input_shape == (5, 7, 3)
