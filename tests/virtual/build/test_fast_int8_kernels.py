"""Kernels for a core compute int8 layers as LiteRT's reference kernels do, bit by bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.fakes.layers import emulated
from tests.fakes.qemu import M4, M33, Machine
from tests.fakes.tflite import int8, mlperf_tiny
from tests.fakes.tflite.files import interpreted, network_of
from tests.fakes.tflite.int8 import Geometry
from tinylab.codegen.generate import Generated, generate
from tinylab.codegen.target import Goal, Target

MACHINES = pytest.mark.parametrize("machine", [M4, M33], ids=lambda one: one.name)
SAMPLES = 3
CONV, DEPTHWISE = "tl_patch_conv_s8", "tl_depthwise_lines_s8"
DENSE, ADD = "tl_dense_pairs_s8", "tl_add_halves_s8"
AVERAGE, EIGHTS = "tl_average_pool_words_s8", "tl_eights_conv_s8"
WHOLE_WORDS = (
    Geometry(shape=(5, 5, 4), size=(1, 1)),
    Geometry(shape=(4, 3, 20), size=(1, 1), stride=(2, 2)),
    Geometry(shape=(6, 7, 8)),
    Geometry(shape=(7, 6, 16), stride=(2, 1)),
    Geometry(shape=(9, 2, 4), size=(5, 5)),
    Geometry(shape=(11, 9, 12), size=(3, 2), stride=(2, 3), padding="VALID"),
)
COLOURS = (
    Geometry(shape=(9, 8, 3)),
    Geometry(shape=(12, 10, 3), stride=(2, 2)),
    Geometry(shape=(5, 6, 3), padding="VALID"),
)
"""Whose windows have three rows of nine bytes."""
LINES = (
    Geometry(shape=(1, 1, 4)),
    Geometry(shape=(5, 2, 8)),
    Geometry(shape=(4, 3, 4), padding="VALID"),
    Geometry(shape=(6, 4, 12), stride=(2, 2)),
    Geometry(shape=(9, 7, 4), stride=(2, 2)),
    Geometry(shape=(3, 13, 8)),
    Geometry(shape=(2, 8, 4), stride=(2, 2)),
    Geometry(shape=(8, 9, 4), stride=(2, 2), padding="VALID"),
    Geometry(shape=(10, 30, 4)),
)
FUSED = pytest.mark.parametrize("fused", ["NONE", "RELU6"])


def check(
    machine: Machine, folder: Path, content: bytes, *wanted: str, goal: Goal = Goal.BALANCED
) -> Generated:
    """Compares outputs for random and for extreme inputs; these kernels must have been chosen."""
    network = network_of(content, folder)
    generated = generate(network, target=Target(machine.core, goal))
    chosen = {step.kernel.call().function for step in generated.program.steps}
    assert set(wanted) <= chosen, [step.refused for step in generated.program.steps]
    shape = (SAMPLES, *network.input_shape)
    given = np.random.default_rng(7).integers(-128, 128, shape).astype(np.int8)
    given[-1] = np.where(given[-1] < 0, -128, 127)
    got = emulated.infer_int8(machine, folder, generated, given)
    for sample, output in zip(given, got, strict=True):
        [expected] = interpreted(content, sample[None])
        np.testing.assert_array_equal(output, expected.reshape(-1))
    return generated


@FUSED
@pytest.mark.parametrize("geometry", [*WHOLE_WORDS, *int8.GEOMETRIES], ids=str)
@MACHINES
def test_convolutions(machine: Machine, geometry: Geometry, fused: str, tmp_path: Path) -> None:
    outputs = 6 if geometry in int8.GEOMETRIES else 12
    content = int8.conv(np.random.default_rng(1), geometry, fused, outputs=outputs)
    check(machine, tmp_path, content, CONV)


@FUSED
@pytest.mark.parametrize("geometry", COLOURS, ids=str)
@MACHINES
def test_convolutions_of_colours(
    machine: Machine, geometry: Geometry, fused: str, tmp_path: Path
) -> None:
    check(machine, tmp_path, int8.conv(np.random.default_rng(1), geometry, fused, outputs=8), CONV)


@pytest.mark.parametrize("shape", [(1, 2, 8), (5, 4, 8), (8, 8, 8), (11, 12, 8)], ids=str)
@MACHINES
def test_convolutions_of_eight_channels(
    machine: Machine, shape: tuple[int, int, int], tmp_path: Path
) -> None:
    """Fewer and more positions than are computed at a time."""
    geometry = Geometry(shape=shape, size=(1, 1))
    content = int8.saturated_conv(np.random.default_rng(1), geometry, outputs=12)
    check(machine, tmp_path, content, EIGHTS)


@pytest.mark.parametrize("goal", Goal)
@MACHINES
def test_convolutions_in_slices(machine: Machine, goal: Goal, tmp_path: Path) -> None:
    """With more weights than are copied at a time, and a last slice that is narrower."""
    geometry = Geometry(shape=(4, 5, 48))
    content = int8.conv(np.random.default_rng(1), geometry, outputs=78)
    check(machine, tmp_path, content, CONV, goal=goal)


@FUSED
@pytest.mark.parametrize("geometry", LINES, ids=str)
@MACHINES
def test_depthwise(machine: Machine, geometry: Geometry, fused: str, tmp_path: Path) -> None:
    content = int8.depthwise(np.random.default_rng(2), geometry, fused)
    check(machine, tmp_path, content, DEPTHWISE)


@FUSED
@pytest.mark.parametrize("seed", range(4))
@MACHINES
def test_dense(machine: Machine, seed: int, fused: str, tmp_path: Path) -> None:
    content = int8.dense(np.random.default_rng(seed), fused, per_channel=seed % 2 == 0)
    check(machine, tmp_path, content, DENSE)


@pytest.mark.parametrize("fused", ["NONE", "RELU"])
@MACHINES
def test_sums(machine: Machine, fused: str, tmp_path: Path) -> None:
    check(machine, tmp_path, int8.residual(np.random.default_rng(1), fused), CONV, ADD)


@FUSED
@pytest.mark.parametrize("geometry", WHOLE_WORDS, ids=str)
@MACHINES
def test_averages(machine: Machine, geometry: Geometry, fused: str, tmp_path: Path) -> None:
    content = int8.pool(np.random.default_rng(3), geometry, "AVERAGE", fused)
    check(machine, tmp_path, content, AVERAGE)


@pytest.mark.parametrize("seed", range(2))
@MACHINES
def test_networks_with_idle_channels(machine: Machine, seed: int, tmp_path: Path) -> None:
    chain = mlperf_tiny.Chain((9, 8, 4), 0.05, 17, seed, idle=0.6).conv(24, relu=False)
    chain.depthwise().conv(24, (1, 1)).depthwise(stride=2).conv(20, (1, 1))
    generated = check(machine, tmp_path, chain.averaged().classes(3).file(), CONV, DENSE)
    first, *_ = generated.network.layers
    assert first.shape[-1] < 24


@pytest.mark.parametrize("name", ["ad01", "kws01", "vww01"])
def test_networks_of_mlperf_tiny(name: str, tmp_path: Path) -> None:
    generated = check(M4, tmp_path, mlperf_tiny.NETWORKS[name](), DENSE)
    refused = {one.kernel for step in generated.program.steps for one in step.refused}
    assert refused <= {EIGHTS}
