"""Generated C of quantised networks, compiled with sanitizers, equals the host's reference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import compiled
from tests.fakes.tflite import int8, mlperf_tiny, more_operators
from tests.fakes.tflite.files import network_of
from tests.fakes.tflite.int8 import Geometry
from tinylab.codegen.generate import generate
from tinylab.zoo.execution import reference
from tinylab.zoo.network import Network

Check = Callable[..., None]
SAMPLES = 20
TYPES = ("int8", "uint8", "int16")


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Check:
    """Builds the network of a file with an application around it, and compares stored outputs."""
    folder = tmp_path_factory.mktemp("host")
    compiler = compiled.for_host(folder)
    kernels = compiled.kernel_objects(compiler)

    def compare(content: bytes, samples: int = SAMPLES) -> None:
        network: Network = network_of(content, folder)
        objects = compiled.network_objects(
            compiler, generate(network), "cubeai_stored_application.c"
        )
        program: Path = compiler.program("application", objects + kernels)
        random = np.random.default_rng(7)
        real = [one.type.random(random, (samples, *one.shape)) for one in network.inputs]
        wanted = dict(reference.each_tensor(network, real))
        given = [wanted[one.name] for one in network.inputs]
        got = compiled.infer_stored(program, network, given)
        for name, output in zip(network.outputs, got, strict=True):
            np.testing.assert_array_equal(output, wanted[name])

    return compare


@pytest.mark.parametrize("fused", ["NONE", "RELU6"])
@pytest.mark.parametrize("per_channel", [False, True])
def test_fully_connected(check: Check, fused: str, per_channel: bool) -> None:
    check(int8.dense(np.random.default_rng(3), fused, per_channel))


def test_conversions(check: Check) -> None:
    check(int8.conversions(np.random.default_rng(4)))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("geometry", int8.GEOMETRIES)
def test_convolution(check: Check, geometry: Geometry, dtype: str) -> None:
    random = np.random.default_rng(1)
    check(int8.conv(random, geometry, "RELU", dtype))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("geometry", int8.GEOMETRIES)
def test_depthwise_convolution(check: Check, geometry: Geometry, dtype: str) -> None:
    random = np.random.default_rng(2)
    check(int8.depthwise(random, geometry, "RELU6", 3, dtype))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("geometry", int8.GEOMETRIES)
@pytest.mark.parametrize("kind", ["MAX", "AVERAGE"])
def test_pools(check: Check, geometry: Geometry, kind: str, dtype: str) -> None:
    random = np.random.default_rng(3)
    check(int8.pool(random, geometry, kind, "RELU", dtype))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("shape", [(1, 10), (3, 2), (2, 100)])
def test_softmax(check: Check, seed: int, shape: tuple[int, int]) -> None:
    random = np.random.default_rng(seed)
    check(int8.softmax(random, *shape))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("op", int8.CURVES)
def test_curves(check: Check, seed: int, op: str) -> None:
    random = np.random.default_rng(seed)
    check(int8.curve(random, op))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("fused", ["NONE", "RELU"])
def test_residual_block_and_mean(check: Check, seed: int, fused: str) -> None:
    random = np.random.default_rng(seed)
    check(int8.residual(random, fused))


@pytest.mark.parametrize("op", more_operators.INTEGER_FUNCTIONS)
def test_functions(check: Check, op: str) -> None:
    check(more_operators.integer_function(np.random.default_rng(1), op))


def test_squared_difference(check: Check) -> None:
    random = np.random.default_rng(1)
    check(more_operators.pair(random, "SQUARED_DIFFERENCE", "int8", ((1, 5, 6), (1, 5, 1)), -1))


def test_repetition_and_blocks(check: Check) -> None:
    random = np.random.default_rng(1)
    check(more_operators.tile(random, "int8", (1, 4, 3), (1, 2, 3)))
    check(more_operators.in_blocks(random, "int8", "CONV_2D", (2, 3), height=True))
    check(more_operators.wide_transpose(random, "int8", (0, 3, 1, 4, 2)))


@pytest.mark.parametrize("name", mlperf_tiny.NETWORKS)
def test_networks_of_mlperf_tiny(check: Check, name: str) -> None:
    check(mlperf_tiny.NETWORKS[name](), samples=1)
