"""Kernels for a core compute what the plain ones compute, on that core."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.layers import emulated
from tests.fakes.layers.arithmetic import expected
from tests.fakes.networks import Recipe
from tests.fakes.qemu import MACHINES, Machine
from tinylab.boards.board import Core
from tinylab.codegen.compress import Compression
from tinylab.codegen.generate import Generated, generate
from tinylab.codegen.layers.fast.cortex_m4.cores import CORES
from tinylab.codegen.target import Goal, Target
from tinylab.zoo.execution import reference
from tinylab.zoo.network import Network

EVERY = pytest.mark.parametrize("machine", MACHINES, ids=lambda one: one.name)


def dense_chain() -> Network:
    """Every width of a block, odd and even numbers of inputs, one input, clamps of both sides."""
    recipe = Recipe((5,))
    for units in (4, 1, 7, 11, 19, 38, 9, 64, 10, 8, 6, 12, 5):
        recipe = recipe.dense(units)
        if units % 2:
            recipe = recipe.relu()
        elif units == 8:
            recipe = recipe.clip(-0.5, 0.5)
    return recipe.dense(5).network()


def dense_rows() -> Network:
    return Recipe((3, 2, 6)).dense(13).relu().dense(5).network()


def convs() -> Network:
    """Every number of positions beside each other, strides, borders of all sides, odd channels."""
    recipe = Recipe((9, 11, 1)).conv(3, (3, 3), padding="same").relu()
    recipe = recipe.conv(5, (3, 3), (2, 1)).conv(8, (1, 1), padding="same").clip(-0.5, 0.5)
    recipe = recipe.conv(7, (2, 4), padding="same").relu().conv(2, (5, 5), (1, 2), padding="same")
    return recipe.conv(4, (4, 3)).network()


def conv_of_one_row() -> Network:
    return Recipe((1, 19, 3)).conv(16, (1, 3)).relu().conv(6, (1, 4), padding="same").network()


def pooled_convs() -> Network:
    """Pools whose windows are cut off, apart, or in one direction; clamps of both sides."""
    recipe = Recipe((21, 19, 2)).conv(9, (2, 2), padding="same").relu().pool((2, 2))
    recipe = recipe.conv(6, (3, 3), padding="same").pool((1, 2), padding="same")
    recipe = recipe.conv(4, (2, 1)).pool((2, 1), (3, 2)).clip(-0.5, 0.5)
    return recipe.network()


def conv_windows() -> Network:
    """Kernels of two sizes on one channel, even and odd numbers of channels, cut off windows."""
    recipe = Recipe((23, 26, 1)).conv(1, (3, 3), padding="same").relu().pool((2, 2))
    return recipe.conv(5, (2, 2), padding="same").pool((2, 2), (2, 3)).clip(-0.5, 0.5).network()


def conv_and_pool_of_fours() -> Network:
    """Pools of 2 x 2, channels in fours: borders of all sides, strides, clamps of both."""
    recipe = Recipe((29, 26, 1)).conv(8, (3, 3), padding="same").relu().pool((2, 2))
    recipe = recipe.conv(12, (2, 2), padding="same").pool((2, 2)).clip(-0.5, 0.5)
    return recipe.conv(4, (3, 2), (1, 2), padding="same").relu().pool((2, 2)).network()


def pools_by_channels() -> Network:
    """Filters of 2 x 2: every number of channels for which positions share inputs, and another."""
    recipe = Recipe((27, 25, 16)).conv(32, (2, 2), padding="same").relu().pool((2, 2))
    recipe = recipe.conv(64, (2, 2), padding="same").pool((2, 2)).clip(-0.5, 0.5)
    recipe = recipe.conv(12, (2, 2), padding="same").relu().pool((2, 2))
    return recipe.conv(4, (2, 2), padding="same").pool((1, 2)).network()


def depthwise_convs() -> Network:
    """Channels left over, strides, borders of all sides, every number of positions in a tile."""
    recipe = Recipe((11, 13, 7)).depthwise((3, 3), padding="same").relu()
    recipe = recipe.depthwise((2, 5), (2, 1), padding="same").clip(-0.5, 0.5)
    return recipe.depthwise((3, 2), (1, 2)).depthwise((1, 1)).network()


def joined_rows() -> Network:
    """Kernels of one element: rows that are joined, an image of one position."""
    recipe = Recipe((6, 5, 3)).conv(7, (1, 1)).relu().conv(8, (1, 1), (2, 2))
    return recipe.conv(4, (1, 1)).conv(3, (3, 3)).conv(6, (1, 1)).network()


def wide_convs() -> Network:
    """Rows long enough for copies of weights, odd channels, several rows at a time."""
    recipe = Recipe((5, 14, 3)).conv(7, (3, 3), padding="same").relu()
    return recipe.conv(24, (1, 1)).conv(23, (3, 3), padding="same").clip(-0.5, 0.5).network()


TILES = "tl_conv_tiles_f32 tl_conv_near_m4_f32"
POOLED = "tl_conv_windows_m4_f32 tl_conv_pool_tiles_f32"
NETWORKS = {
    "dense chain": (dense_chain, 13, "tl_dense_block", "tl_dense_block"),
    "dense rows": (dense_rows, 2, "tl_dense_blocks_f32", "tl_dense_blocks_f32"),
    "convolutions": (convs, 6, "tl_conv_tiles_f32", TILES),
    "wide convolutions": (wide_convs, 3, "tl_conv_tiles_f32", TILES),
    "convolution of one row": (conv_of_one_row, 2, "tl_conv_tiles_f32", TILES),
    "pooled": (pooled_convs, 3, "tl_conv_pool_tiles_f32", "tl_conv_pool_tiles_f32"),
    "windows": (conv_windows, 2, "tl_conv_windows_f32", "tl_conv_pool_tiles_f32"),
    "pooled fours": (conv_and_pool_of_fours, 3, "tl_conv_windows_f32 tl_conv_pool_tiles", POOLED),
    "pooled by channels": (pools_by_channels, 4, "tl_conv_pool_tiles_f32", POOLED),
    "depthwise": (depthwise_convs, 4, "tl_depthwise_tiles_f32", "tl_depthwise_tiles_f32"),
    "joined rows": (joined_rows, 5, "tl_conv_tiles_f32", TILES),
}
"""With how often kernels are called, and which: on the Cortex-M7, and on the other cores."""


def count(generated: Generated, kernels: str) -> int:
    """How many calls are of kernels whose names begin with one of these."""
    made = [step.kernel.call().function for step in generated.program.steps]
    return sum(one.startswith(tuple(kernels.split())) for one in made)


@pytest.mark.parametrize("goal", Goal)
@pytest.mark.parametrize("name", NETWORKS)
@EVERY
def test_outputs_are_those_of_the_definition(
    machine: Machine, name: str, goal: Goal, tmp_path: Path
) -> None:
    make, calls, on_m7, on_m4 = NETWORKS[name]
    network = make()
    generated = generate(network, target=Target(machine.core, goal))
    assert count(generated, on_m4 if machine.core in CORES else on_m7) == calls
    random = np.random.default_rng(5)
    inputs = random.standard_normal((3, *network.input_shape)).astype(np.float32)
    wanted = np.stack([expected(network, given).reshape(-1) for given in inputs])
    got = emulated.infer(machine, tmp_path, generated, inputs)
    assert np.abs(got - wanted).max() <= 1e-5 * np.abs(wanted).max()


@pytest.mark.parametrize(
    ("goal", "make", "kernel", "calls"),
    [
        (Goal.RAM, conv_and_pool_of_fours, "tl_conv_windows_m4_f32", 1),
        (Goal.SPEED, conv_and_pool_of_fours, "tl_conv_windows_m4_f32", 3),
        (Goal.RAM, wide_convs, "tl_conv_near_m4_f32", 0),
        (Goal.SPEED, wide_convs, "tl_conv_near_m4_f32", 3),
    ],
)
def test_weights_are_copied_near_the_core_as_the_goal_says(
    goal: Goal, make: Callable[[], Network], kernel: str, calls: int
) -> None:
    generated = generate(make(), target=Target(Core.CORTEX_M4, goal))
    assert count(generated, kernel) == calls


def codes_chain() -> Network:
    """Several groups of pairs and a part of one; odd and few outputs for the plain kernel."""
    recipe = Recipe((2, 45)).dense(96).relu().dense(130).clip(-0.5, 0.5)
    return recipe.dense(97).dense(9).network()


def codes_rows() -> Network:
    """Inputs that are no multiple of 16, fewer than 16, and clamps of both sides."""
    return Recipe((3, 43)).dense(97).relu().dense(99).clip(-0.5, 0.5).network()


def codes_once() -> Network:
    return Recipe((32,)).dense(128).network()


CODED = {
    "chain": (codes_chain, Compression.X8, ("tl_dense_pairs_f32", 2), ("tl_dense_pairs_f32", 3)),
    "rows": (codes_rows, Compression.X8, ("tl_dense_x8_f32", 2), ("tl_dense_pairs_f32", 2)),
    "once": (codes_once, Compression.X8, ("tl_dense_pairs_f32", 1), ("tl_dense_pairs_f32", 1)),
    "bytes": (codes_chain, Compression.X4, ("tl_dense_coded_f32", 3), ("tl_dense_coded_f32", 3)),
}
"""With a kernel on the Cortex-M7 and how often it is called, and the same on the other cores."""


@pytest.mark.parametrize("name", CODED)
@EVERY
def test_outputs_with_compressed_weights_are_those_of_the_definition(
    machine: Machine, name: str, tmp_path: Path
) -> None:
    make, compression, on_m7, on_m4 = CODED[name]
    generated = generate(make(), compression, target=Target(machine.core))
    network = generated.network
    kernel, calls = on_m4 if machine.core in CORES else on_m7
    assert count(generated, kernel) == calls
    random = np.random.default_rng(5)
    inputs = random.standard_normal((2, *network.input_shape)).astype(np.float32)
    wanted = np.stack([expected(network, one).reshape(-1) for one in inputs])
    got = emulated.infer(machine, tmp_path, generated, inputs)
    assert np.abs(got - wanted).max() <= 1e-5 * np.abs(wanted).max()


@pytest.mark.parametrize(
    ("compression", "kernel"),
    [(Compression.X4, "tl_dense_coded_f32"), (Compression.X8, "tl_dense_pairs_f32")],
)
@EVERY
def test_tables_are_in_memory_unless_the_goal_is_to_save_it(
    machine: Machine, compression: Compression, kernel: str
) -> None:
    used = {
        goal: count(generate(codes_once(), compression, target=Target(machine.core, goal)), kernel)
        for goal in Goal
    }
    assert used == {Goal.RAM: 0, Goal.BALANCED: 1, Goal.SPEED: 1}


def clamped_conv() -> Network:
    """Convolutions whose outputs are clamped, and a depthwise one."""
    recipe = Recipe((3, 2, 6)).conv(9, (1, 2)).relu()
    return recipe.depthwise((2, 1)).relu().conv(5, (1, 1)).network()


@pytest.mark.parametrize("make", [dense_rows, clamped_conv])
@EVERY
def test_what_is_not_a_number_stays(
    machine: Machine, make: Callable[[], Network], tmp_path: Path
) -> None:
    network = make()
    inputs = np.zeros((4, *network.input_shape), np.float32)
    inputs[0, 1, 0, 2] = np.nan
    inputs[1, 0, 1, 3] = np.inf
    inputs[2, 2, 0, 0] = -np.inf
    inputs[3, 1, 1, 1] = np.copysign(np.nan, -1)
    generated = generate(network, target=Target(machine.core))
    got = emulated.infer(machine, tmp_path, generated, inputs)
    with np.errstate(invalid="ignore"):
        [wanted] = reference.run(network, [inputs])
    np.testing.assert_array_equal(np.isnan(got), np.isnan(wanted.reshape(4, -1)))
    np.testing.assert_array_equal(np.isinf(got), np.isinf(wanted.reshape(4, -1)))


def _pooled(
    input_shape: tuple[int, ...], channels: int, size: int, pool: tuple[int, int]
) -> Network:
    recipe = Recipe(input_shape).conv(channels, (size, size), padding="same").relu()
    return recipe.pool(pool).network()


POOLED_ONCE: dict[str, Callable[[], Network]] = {
    "pairs of one channel": lambda: _pooled((9, 8, 1), 5, 2, (2, 2)),
    "threes of one channel": lambda: _pooled((8, 9, 1), 8, 3, (2, 2)),
    "fours": lambda: _pooled((9, 8, 3), 8, 3, (2, 2)),
    "lines": lambda: _pooled((9, 8, 3), 6, 2, (1, 2)),
    "limited": lambda: Recipe((8, 8, 1)).conv(4, (2, 2)).pool((2, 2)).clip(-0.5, 0.5).network(),
    "limited fours": lambda: Recipe((8, 8, 2)).conv(4, (3, 3)).pool((2, 2)).clip(0, 1).network(),
    "alone": lambda: Recipe((9, 8, 3)).pool((2, 2)).network(),
}


@pytest.mark.parametrize("name", POOLED_ONCE)
@EVERY
def test_a_maximum_with_what_is_not_a_number_is_none(
    machine: Machine, name: str, tmp_path: Path
) -> None:
    """The samples after one with such a value are computed as before it."""
    network = POOLED_ONCE[name]()
    random = np.random.default_rng(7)
    inputs = random.standard_normal((7, *network.input_shape)).astype(np.float32)
    inputs[0, 2, 3, 0] = np.nan
    inputs[1, 5, 0, 0] = np.inf
    inputs[2, 0, 7, 0] = -np.inf
    inputs[3, 7, 7, -1] = np.copysign(np.nan, -1)
    inputs[4, 3, 3:5, 0] = np.inf, -np.inf
    inputs[5, :, :, 0] = np.nan
    generated = generate(network, target=Target(machine.core))
    got = emulated.infer(machine, tmp_path, generated, inputs)
    with np.errstate(invalid="ignore"):
        [wanted] = reference.run(network, [inputs])
    np.testing.assert_allclose(got, wanted.reshape(7, -1), rtol=1e-5, atol=1e-6)
