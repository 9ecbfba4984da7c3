"""Operators that move, compare or reduce elements, and functions, against LiteRT's kernels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.fakes.tflite import more_operators as more
from tests.fakes.tflite.compare import compare
from tests.fakes.tflite.files import Op, Tensor, model, network_of
from tests.fakes.tflite.operators import FLOAT, INT8, INT16, UINT8, Shape, integers
from tinylab.errors import ModelFileError
from tinylab.zoo.operations import Constant, Conv, DepthwiseConv, Pad

TYPES = (FLOAT, INT8, INT16)
WITHOUT_INT16 = (FLOAT, INT8)
WITHOUT_REFERENCE = ("SIN", "COS", "CEIL", "ROUND")


@pytest.mark.parametrize("kind", more.FUNCTIONS)
def test_functions_of_floats(tmp_path: Path, kind: str) -> None:
    random = np.random.default_rng(1)
    content = more.function(random, kind)
    compare(content, tmp_path, random, references=kind not in WITHOUT_REFERENCE)


@pytest.mark.parametrize("kind", more.INTEGER_FUNCTIONS)
def test_functions_of_integers(tmp_path: Path, kind: str) -> None:
    for seed in range(8):
        random = np.random.default_rng(seed)
        compare(more.integer_function(random, kind), tmp_path, random)


@pytest.mark.parametrize("kind", ["DIV", "SQUARED_DIFFERENCE", "FLOOR_DIV"])
@pytest.mark.parametrize(
    ("shapes", "known"),
    [
        (((1, 5, 4, 3), (1, 5, 4, 3)), -1),
        (((1, 5, 4, 3), (3,)), 1),
        (((1, 5, 4, 3), (1, 5, 4, 3)), 0),
        (((1, 5, 1, 3), (1, 1, 4, 1)), -1),
        (((1, 8), (1, 1)), -1),
    ],
)
def test_pairs_of_floats(tmp_path: Path, kind: str, shapes: Sequence[Shape], known: int) -> None:
    random = np.random.default_rng(1)
    compare(more.pair(random, kind, FLOAT, shapes, known), tmp_path, random)


@pytest.mark.parametrize("known", [-1, 1])
def test_squared_differences_of_integers(tmp_path: Path, known: int) -> None:
    for seed in range(8):
        random = np.random.default_rng(seed)
        shapes = ((1, 5, 60), (1, 5, 1) if seed % 2 else (1, 5, 60))
        compare(more.pair(random, "SQUARED_DIFFERENCE", INT8, shapes, known), tmp_path, random)


@pytest.mark.parametrize("exponent", [2.0, 0.5, -1.5])
def test_powers(tmp_path: Path, exponent: float) -> None:
    compare(more.power(exponent), tmp_path, np.random.default_rng(1))


@pytest.mark.parametrize("kind", more.COMPARISONS)
@pytest.mark.parametrize("select", ["SELECT", "SELECT_V2"])
def test_comparisons_choose(tmp_path: Path, kind: str, select: str) -> None:
    compare(more.selection(kind, select), tmp_path, np.random.default_rng(1))


@pytest.mark.parametrize("kind", more.CONDITIONS)
def test_conditions(tmp_path: Path, kind: str) -> None:
    compare(more.condition(kind), tmp_path, np.random.default_rng(1))


def test_whole_numbers_at_run_time(tmp_path: Path) -> None:
    compare(more.whole_numbers(), tmp_path, np.random.default_rng(1))


@pytest.mark.parametrize("dtype", [*TYPES, UINT8])
@pytest.mark.parametrize(
    ("shape", "counts"),
    [
        ((1, 4, 3), (1, 2, 3)),
        ((1, 6, 1, 5), (1, 1, 2, 1)),
        ((1, 2, 3, 4), (1, 2, 2, 2)),
        ((1, 2), (3, 1)),
    ],
)
def test_repetition(tmp_path: Path, dtype: str, shape: Shape, counts: Shape) -> None:
    random = np.random.default_rng(1)
    compare(more.tile(random, dtype, shape, counts), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(
    ("shape", "made"), [((1, 1, 4), (1, 3, 4)), ((1, 3, 1), (1, 3, 5)), ((1, 4), (1, 2, 3, 4))]
)
def test_broadcasts(tmp_path: Path, dtype: str, shape: Shape, made: Shape) -> None:
    random = np.random.default_rng(1)
    compare(more.broadcast(random, dtype, shape, made), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(
    ("places", "axis"),
    [([0, 2, 4], 1), (3, 2), ([5, 0, 1, 3, 3], 1), ([[0, 1], [3, 2]], 3)],
)
def test_constant_places(tmp_path: Path, dtype: str, places: Any, axis: int) -> None:
    random = np.random.default_rng(1)
    compare(more.gather(random, dtype, places, axis), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("axis", [1, 2, 3])
def test_reversal(tmp_path: Path, dtype: str, axis: int) -> None:
    random = np.random.default_rng(1)
    compare(more.reverse(random, dtype, axis), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("mode", ["REFLECT", "SYMMETRIC"])
@pytest.mark.parametrize(
    "pairs", [[[0, 0], [1, 2], [0, 3], [0, 0]], [[0, 0], [0, 1], [2, 0], [2, 1]]]
)
def test_mirrors(tmp_path: Path, dtype: str, mode: str, pairs: Sequence[Sequence[int]]) -> None:
    random = np.random.default_rng(1)
    compare(more.mirror_pad(random, dtype, mode, pairs), tmp_path, random)


@pytest.mark.parametrize("dtype", WITHOUT_INT16)
@pytest.mark.parametrize("kind", ["DEPTH_TO_SPACE", "SPACE_TO_DEPTH"])
def test_depth_and_space(tmp_path: Path, dtype: str, kind: str) -> None:
    random = np.random.default_rng(1)
    compare(more.depth(random, dtype, kind), tmp_path, random)


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("axes", [(1, 2), (3,), (1, 3)])
def test_the_least_element(tmp_path: Path, axes: Shape, keep: bool) -> None:
    compare(more.least((1, 5, 6, 7), axes, keep=keep), tmp_path, np.random.default_rng(1))


@pytest.mark.parametrize("shape", [(1, 9), (1, 3, 4, 5)])
def test_normalised_rows(tmp_path: Path, shape: Shape) -> None:
    compare(more.normalised(shape), tmp_path, np.random.default_rng(1))


def test_sums_of_several(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    compare(more.add_all(random), tmp_path, random)


@pytest.mark.parametrize("dtype", WITHOUT_INT16)
@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
@pytest.mark.parametrize("block", [(2, 2), (2, 3), (3,), (2,)])
def test_convolutions_of_blocks_are_dilated(
    tmp_path: Path, dtype: str, kind: str, block: Shape
) -> None:
    random = np.random.default_rng(1)
    content = more.in_blocks(random, dtype, kind, block, height=len(block) == 2)
    compare(content, tmp_path, random)
    layers = network_of(content, tmp_path).layers
    dilations = [
        one.operation.dilation for one in layers if isinstance(one.operation, Conv | DepthwiseConv)
    ]
    assert dilations == [(1, *block)[-2:]]
    assert sum(isinstance(one.operation, Pad) for one in layers) == 1


def test_what_is_done_to_blocks_otherwise_is_refused(tmp_path: Path) -> None:
    tensors = [Tensor((1, 4, 4, 2)), integers(2, 2), integers([0, 0], [0, 0])]
    tensors += [Tensor((4, 2, 2, 2)), integers(1, 2), Tensor((4, 2))]
    ops = [Op("SPACE_TO_BATCH_ND", [0, 1, 2], [3]), Op("MEAN", [3, 4], [5])]
    with pytest.raises(ModelFileError, match="MEAN 'tensor_5' between SPACE_TO_BATCH_ND"):
        network_of(model(tensors, ops, [0], [5]), tmp_path)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(
    "axes", [(0, 1, 3, 2, 4), (0, 4, 3, 2, 1), (0, 3, 1, 4, 2), (2, 0, 1, 3, 4)]
)
def test_tensors_of_many_dimensions(tmp_path: Path, dtype: str, axes: Shape) -> None:
    random = np.random.default_rng(1)
    compare(more.wide_transpose(random, dtype, axes), tmp_path, random)


def test_what_constants_make_is_computed_when_the_file_is_read(tmp_path: Path) -> None:
    content = more.constants()
    compare(content, tmp_path, np.random.default_rng(1))
    layers = network_of(content, tmp_path).layers
    assert sum(isinstance(one.operation, Constant) for one in layers) <= 1
    assert len(layers) <= 4


def test_a_constant_that_fits_no_microcontroller_is_not_computed(tmp_path: Path) -> None:
    tensors = [Tensor((1, 4)), integers(1, 50_000, 50_000), more.number(1.0)]
    tensors += [Tensor((1, 50_000, 50_000)), integers(2), Tensor((1, 50_000)), Tensor((1, 4))]
    ops = [Op("FILL", [1, 2], [3]), Op("SUM", [3, 4], [5]), Op("ADD", [0, 5], [6])]
    ops[1].options, ops[2].options = schema.ReducerOptionsT(), schema.AddOptionsT()
    with pytest.raises(ModelFileError, match=r"computes a constant of the shape \(2500000000,\)"):
        network_of(model(tensors, ops, [0], [6]), tmp_path)


WIDE = (1, 2, 3, 4, 5)


@pytest.mark.parametrize("dtype", [FLOAT, INT8, UINT8, INT16])
@pytest.mark.parametrize("kind", more.ON_WIDE)
def test_operators_on_many_dimensions(tmp_path: Path, dtype: str, kind: str) -> None:
    random = np.random.default_rng(1)
    compare(more.on_wide(random, dtype, kind, WIDE), tmp_path, random)


@pytest.mark.parametrize("axis", range(5))
def test_places_in_many_dimensions(tmp_path: Path, axis: int) -> None:
    random = np.random.default_rng(1)
    compare(more.place_in_wide(random, WIDE, axis), tmp_path, random)


def test_a_number_without_dimensions_gets_one(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    compare(more.expanded_number(random), tmp_path, random)


@pytest.mark.parametrize("kind", more.WHOLE_READERS)
def test_places_are_computed_with(tmp_path: Path, kind: str) -> None:
    random = np.random.default_rng(1)
    compare(more.places_read(random, kind), tmp_path, random)


def test_conditions_in_many_dimensions(tmp_path: Path) -> None:
    compare(more.wide_condition(), tmp_path, np.random.default_rng(1))
