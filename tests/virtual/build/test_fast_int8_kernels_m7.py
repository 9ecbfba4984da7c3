"""Kernels of int8 tensors for a core compute what the host's reference does, bit by bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.fakes.layers import emulated
from tests.fakes.qemu import M7, Machine
from tests.fakes.tflite import int8, mlperf_tiny
from tests.fakes.tflite.files import network_of
from tests.fakes.tflite.int8 import Geometry
from tinylab.codegen.generate import generate
from tinylab.codegen.target import Goal, Target
from tinylab.zoo.execution import reference

CONV = "tl_conv_tiles_m7_s8"
DEPTHWISE = "tl_depthwise_tiles_m7_s8"
DENSE = "tl_dense_tiles_m7_s8"
ADD = "tl_add_tables_m7_s8"
EVERY = pytest.mark.parametrize("machine", [M7], ids=lambda one: one.name)
SAMPLES = 3

CONVOLUTIONS = (
    *int8.GEOMETRIES,
    Geometry(shape=(5, 7, 8), size=(1, 1)),
    Geometry(shape=(6, 5, 12), size=(3, 3)),
    Geometry(shape=(7, 6, 4), size=(5, 3), stride=(2, 1)),
    Geometry(shape=(9, 8, 16), size=(2, 3), stride=(2, 2), padding="VALID"),
    Geometry(shape=(4, 4, 68), size=(3, 3)),
    Geometry(shape=(3, 1, 4), size=(1, 1)),
    Geometry(shape=(7, 8, 3), stride=(2, 1), padding="VALID"),
)
DEPTHWISE_CONVOLUTIONS = (
    *(Geometry(shape=(4, width, 4), stride=(1, 1)) for width in range(1, 10)),
    *(Geometry(shape=(5, width, 8), stride=(2, 2)) for width in range(1, 18, 2)),
    *(Geometry(shape=(6, width, 4), stride=(2, 2)) for width in (2, 8, 10)),
    Geometry(shape=(9, 11, 12), stride=(3, 1), padding="VALID"),
    Geometry(shape=(9, 12, 4), stride=(1, 2), padding="VALID"),
    Geometry(shape=(1, 1, 4)),
    Geometry(shape=(13, 3, 8)),
    Geometry(shape=(12, 5, 4), stride=(2, 2)),
    Geometry(shape=(17, 6, 4), stride=(1, 2), padding="VALID"),
    Geometry(shape=(16, 5, 4), stride=(2, 1), padding="VALID"),
)


def check(
    content: bytes,
    machine: Machine,
    folder: Path,
    functions: set[str],
    *,
    goal: Goal = Goal.BALANCED,
) -> None:
    """Random elements, then only the least and the greatest ones."""
    network = network_of(content, folder)
    generated = generate(network, target=Target(machine.core, goal))
    used = {step.kernel.call().function for step in generated.program.steps}
    assert functions <= used
    random = np.random.default_rng(11)
    [given] = network.inputs
    stored = random.integers(-128, 128, (SAMPLES, *given.shape)).astype(np.int8)
    stored[-1] = np.where(stored[-1] < 0, -128, 127)
    tensors = dict(reference.each_tensor(network, [given.type.decode(stored)]))
    np.testing.assert_array_equal(tensors[given.name], stored)
    got = emulated.infer_int8(machine, folder, generated, stored)
    wanted = tensors[network.outputs[0]].reshape(SAMPLES, -1)
    np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("number", range(len(CONVOLUTIONS)))
@EVERY
def test_convolutions(machine: Machine, number: int, tmp_path: Path) -> None:
    random = np.random.default_rng(number)
    activation = ("NONE", "RELU", "RELU6")[number % 3]
    content = int8.conv(random, CONVOLUTIONS[number], activation, outputs=4 + 8 * (number % 2))
    goal = list(Goal)[number % 3]
    check(content, machine, tmp_path, {CONV}, goal=goal)


@pytest.mark.parametrize("number", range(len(DEPTHWISE_CONVOLUTIONS)))
@EVERY
def test_depthwise_convolutions(machine: Machine, number: int, tmp_path: Path) -> None:
    random = np.random.default_rng(number)
    activation = ("NONE", "RELU", "RELU6")[number % 3]
    content = int8.depthwise(random, DEPTHWISE_CONVOLUTIONS[number], activation)
    check(content, machine, tmp_path, {DEPTHWISE})


@pytest.mark.parametrize("goal", Goal)
@EVERY
def test_tensors_that_overlap(machine: Machine, goal: Goal, tmp_path: Path) -> None:
    """Bands of rows, and batches of positions, of which the last one is odd."""
    chain = mlperf_tiny.Chain((27, 33, 8), 0.1, -5, seed=3)
    chain.depthwise().conv(12, (1, 1)).depthwise(stride=2).conv(8, relu=False)
    chain.depthwise(relu=False).conv(20).conv(4, (1, 1), (2, 2))
    check(chain.file(), machine, tmp_path, {CONV, DEPTHWISE}, goal=goal)


@pytest.mark.parametrize("inputs", [1, 2, 3, 5, 31, 64, 97])
@EVERY
def test_dense_layers(machine: Machine, inputs: int, tmp_path: Path) -> None:
    """Rests of all numbers of outputs, and none."""
    chain = mlperf_tiny.Chain((inputs,), 0.1, 17, seed=inputs)
    chain.dense(3 + inputs % 5, relu=True).dense(4).dense(32, relu=inputs % 2 == 0)
    check(chain.file(), machine, tmp_path, {DENSE})


@pytest.mark.parametrize("seed", range(3))
@EVERY
def test_sums(machine: Machine, seed: int, tmp_path: Path) -> None:
    chain = mlperf_tiny.Chain((9, 10, 16), 0.1, 17, seed=seed)
    given = chain.conv(16, (1, 1), relu=seed % 2 == 0).last
    chain.depthwise(relu=False).added_to(given)
    check(chain.file(), machine, tmp_path, {ADD})


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (15, 17)])
@EVERY
def test_averages(machine: Machine, size: tuple[int, int], tmp_path: Path) -> None:
    chain = mlperf_tiny.Chain((*size, 12), 0.1, 17, seed=1).averaged()
    check(chain.file(), machine, tmp_path, {"tl_mean_four_m7_s8"})


@EVERY
def test_sums_of_no_multiple_of_four(machine: Machine, tmp_path: Path) -> None:
    chain = mlperf_tiny.Chain((29, 37, 1), 0.1, 17, seed=4)
    chain.depthwise(relu=False).added_to(0)
    check(chain.file(), machine, tmp_path, {ADD})


@pytest.mark.parametrize("name", ["ad01", "kws01", "ic01"])
@EVERY
def test_networks_of_mlperf_tiny(machine: Machine, name: str, tmp_path: Path) -> None:
    check(mlperf_tiny.NETWORKS[name](), machine, tmp_path, {DENSE})


@EVERY
def test_visual_wake_words(machine: Machine, tmp_path: Path) -> None:
    check(mlperf_tiny.visual_wake_words(), machine, tmp_path, {CONV, DEPTHWISE})
