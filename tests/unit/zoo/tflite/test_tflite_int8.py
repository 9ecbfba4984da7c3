"""The host's reference of quantised operators equals LiteRT's reference kernels, bit by bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.fakes.tflite import int8
from tests.fakes.tflite.files import interpreted, network_of
from tests.fakes.tflite.int8 import Geometry
from tinylab.zoo.execution import reference
from tinylab.zoo.network import Network

SAMPLES = 10


def stored(network: Network, given: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The stored output (N, *shape) for a stored input (N, *shape)."""
    real = network.inputs[0].type.decode(given)
    return dict(reference.each_tensor(network, [real]))[network.outputs[0]]


def compare(content: bytes, folder: Path, random: np.random.Generator) -> None:
    """With random inputs of the whole range of their type."""
    network = network_of(content, folder)
    taken = network.inputs[0]
    real = taken.type.random(random, (SAMPLES, *taken.shape)) * np.float32(4)
    given = taken.type.encode(real)
    got = stored(network, given)
    for index in range(SAMPLES):
        [wanted] = interpreted(content, given[index : index + 1])
        np.testing.assert_array_equal(got[index : index + 1], wanted)


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


@pytest.mark.parametrize("geometry", int8.GEOMETRIES)
@pytest.mark.parametrize("fused", ["NONE", "RELU"])
def test_convolution(tmp_path: Path, geometry: Geometry, fused: str) -> None:
    random = np.random.default_rng(1)
    compare(int8.conv(random, geometry, fused), tmp_path, random)


@pytest.mark.parametrize("geometry", int8.GEOMETRIES)
@pytest.mark.parametrize("multiplier", [1, 3])
def test_depthwise_convolution(tmp_path: Path, geometry: Geometry, multiplier: int) -> None:
    random = np.random.default_rng(2)
    compare(int8.depthwise(random, geometry, "RELU6", multiplier), tmp_path, random)


@pytest.mark.parametrize("geometry", int8.GEOMETRIES)
@pytest.mark.parametrize("kind", ["MAX", "AVERAGE"])
def test_pools(tmp_path: Path, geometry: Geometry, kind: str) -> None:
    random = np.random.default_rng(3)
    compare(int8.pool(random, geometry, kind, "RELU"), tmp_path, random)


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
