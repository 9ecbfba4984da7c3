"""Shapes that .tflite files compute, and integers without a scale, against LiteRT."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.fakes.tflite.compare import compare
from tests.fakes.tflite.files import Op, Tensor, model, network_of
from tests.fakes.tflite.operators import integers
from tinylab.errors import ModelFileError


def shape_of_the_rest() -> bytes:
    """(1, 4, 3) becomes (1, 4 // 2, 6): the sizes come from SHAPE."""
    tensors = [
        Tensor((1, 4, 3)),
        Tensor((3,), "int32"),
        integers(0),
        integers(2),
        Tensor((2,), "int32"),
        integers(1, 2),
        Tensor((2,), "int32"),
        integers(-1),
        Tensor((1,), "int32"),
        Tensor((3,), "int32"),
        Tensor((1, 2, 6)),
        Tensor((1, 2, 6)),
    ]
    whole = schema.ShapeOptionsT()
    whole.outType = schema.TensorType.INT32
    ops = [
        Op("SHAPE", [0], [1], whole),
        Op("SLICE", [1, 2, 3], [4]),
        Op("FLOOR_DIV", [4, 5], [6], schema.FloorDivOptionsT()),
        Op("MAXIMUM", [7, 7], [8], schema.MaximumMinimumOptionsT()),
        Op("CONCATENATION", [6, 8], [9], schema.ConcatenationOptionsT()),
        Op("RESHAPE", [0, 9], [10]),
        Op("RELU", [10], [11]),
    ]
    return model(tensors, ops, [0], [11])


def test_shapes_are_computed_when_the_file_is_read(tmp_path: Path) -> None:
    compare(shape_of_the_rest(), tmp_path, np.random.default_rng(1))
    assert network_of(shape_of_the_rest(), tmp_path).output_shapes == ((2, 6),)


def cast(dtype: str, *scales: float) -> bytes:
    tensors = [Tensor((1, 6), dtype, scales), Tensor((1, 6)), Tensor((1, 6))]
    ops = [Op("CAST", [0], [1], schema.CastOptionsT()), Op("TANH", [1], [2])]
    return model(tensors, ops, [0], [2])


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_integers_without_a_scale_are_numbers(tmp_path: Path, dtype: str) -> None:
    compare(cast(dtype), tmp_path, np.random.default_rng(1))


def test_a_cast_of_quantised_numbers_is_refused(tmp_path: Path) -> None:
    """It would give the stored integers, not what they represent."""
    with pytest.raises(ModelFileError, match=r"CAST 'tensor_1'.* other types"):
        network_of(cast("int8", 0.5), tmp_path)
