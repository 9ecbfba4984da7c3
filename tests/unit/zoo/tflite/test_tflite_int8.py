"""The host's reference of quantised operators equals LiteRT's reference kernels, bit by bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.fakes.tflite import int8
from tests.fakes.tflite.compare import compare
from tests.fakes.tflite.int8 import Geometry

TYPES = ("int8", "uint8", "int16")


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("fused", ["NONE", "RELU", "RELU6"])
@pytest.mark.parametrize("seed", range(8))
def test_fully_connected(tmp_path: Path, per_channel: bool, fused: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    compare(int8.dense(random, fused, per_channel), tmp_path, random)


@pytest.mark.parametrize("seed", range(5))
def test_conversions(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    compare(int8.conversions(random), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("geometry", int8.GEOMETRIES)
@pytest.mark.parametrize("fused", ["NONE", "RELU"])
def test_convolution(tmp_path: Path, geometry: Geometry, fused: str, dtype: str) -> None:
    random = np.random.default_rng(1)
    compare(int8.conv(random, geometry, fused, dtype), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("geometry", int8.GEOMETRIES)
@pytest.mark.parametrize("multiplier", [1, 3])
def test_depthwise_convolution(
    tmp_path: Path, geometry: Geometry, multiplier: int, dtype: str
) -> None:
    random = np.random.default_rng(2)
    compare(int8.depthwise(random, geometry, "RELU6", multiplier, dtype), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("geometry", int8.GEOMETRIES)
@pytest.mark.parametrize("kind", ["MAX", "AVERAGE"])
def test_pools(tmp_path: Path, geometry: Geometry, kind: str, dtype: str) -> None:
    random = np.random.default_rng(3)
    compare(int8.pool(random, geometry, kind, "RELU", dtype), tmp_path, random)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("shape", [(1, 10), (3, 2), (2, 100)])
def test_softmax(tmp_path: Path, seed: int, shape: tuple[int, int]) -> None:
    random = np.random.default_rng(seed)
    compare(int8.softmax(random, *shape), tmp_path, random)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("op", int8.CURVES)
def test_curves(tmp_path: Path, seed: int, op: str) -> None:
    random = np.random.default_rng(seed)
    compare(int8.curve(random, op), tmp_path, random)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("fused", ["NONE", "RELU"])
def test_residual_block_and_mean(tmp_path: Path, seed: int, fused: str) -> None:
    random = np.random.default_rng(seed)
    compare(int8.residual(random, fused), tmp_path, random)
