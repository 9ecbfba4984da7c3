"""Kernels for a core compute what the plain ones compute, on that core."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import emulated_networks
from tests.fakes.layers.arithmetic import expected
from tests.fakes.networks import Recipe
from tests.fakes.qemu import MACHINES, Machine
from tinylab.codegen.compress import Compression, codebooks, decompressed
from tinylab.codegen.generate import generate
from tinylab.codegen.layers.fast.cortex_m4.cores import CORES
from tinylab.codegen.target import Target
from tinylab.zoo.execution import reference
from tinylab.zoo.network import Network

FAST = ("tl_dense_block", "tl_conv_tiles", "tl_conv_pool_tiles", "tl_conv_windows", "tl_conv_near")
PAIRED = [one for one in MACHINES if one.core in CORES]
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


def conv_and_pool_of_fours() -> Network:
    """Pools of 2 x 2, channels in fours: borders of all sides, strides, clamps of both."""
    recipe = Recipe((29, 26, 1)).conv(8, (3, 3), padding="same").relu().pool((2, 2))
    recipe = recipe.conv(12, (2, 2), padding="same").pool((2, 2)).clip(-0.5, 0.5)
    return recipe.conv(4, (3, 2), (1, 2), padding="same").relu().pool((2, 2)).network()


NETWORKS = {
    "dense chain": dense_chain,
    "dense rows": dense_rows,
    "convolutions": convs,
    "convolution of one row": conv_of_one_row,
    "pooled convolutions": pooled_convs,
    "pooled convolutions of fours": conv_and_pool_of_fours,
}


@pytest.mark.parametrize("name", NETWORKS)
@EVERY
def test_outputs_are_those_of_the_definition(machine: Machine, name: str, tmp_path: Path) -> None:
    network = NETWORKS[name]()
    generated = generate(network, target=Target(machine.core))
    assert any(step.kernel.call().function.startswith(FAST) for step in generated.program.steps)
    random = np.random.default_rng(5)
    inputs = random.standard_normal((3, *network.input_shape)).astype(np.float32)
    wanted = np.stack([expected(network, given).reshape(-1) for given in inputs])
    got = emulated_networks.infer(machine, tmp_path, generated, inputs)
    assert np.abs(got - wanted).max() <= 1e-5 * np.abs(wanted).max()


def compressed_rows() -> Network:
    """Inputs that are no multiple of 16, fewer than 16, and clamps of both sides."""
    recipe = Recipe((3, 43)).dense(97).relu().dense(99).clip(-0.5, 0.5)
    return recipe.network()


def compressed_once() -> Network:
    return Recipe((32,)).dense(128).network()


@pytest.mark.parametrize("make", [compressed_rows, compressed_once])
@pytest.mark.parametrize("machine", PAIRED, ids=lambda one: one.name)
def test_compressed_layers_are_as_their_codes_say(
    machine: Machine, make: Callable[[], Network], tmp_path: Path
) -> None:
    network = make()
    generated = generate(network, Compression.X8, target=Target(machine.core))
    calls = {step.kernel.call().function for step in generated.program.steps}
    assert "tl_dense_pairs_m4_f32" in calls
    meant = decompressed(network, codebooks(network, Compression.X8))
    random = np.random.default_rng(5)
    inputs = random.standard_normal((2, *network.input_shape)).astype(np.float32)
    wanted = np.stack([expected(meant, given).reshape(-1) for given in inputs])
    got = emulated_networks.infer(machine, tmp_path, generated, inputs)
    assert np.abs(got - wanted).max() <= 1e-5 * np.abs(wanted).max()


@EVERY
def test_what_is_not_a_number_stays(machine: Machine, tmp_path: Path) -> None:
    network = dense_rows()
    inputs = np.zeros((4, *network.input_shape), np.float32)
    inputs[0, 1, 0, 2] = np.nan
    inputs[1, 0, 1, 3] = np.inf
    inputs[2, 2, 0, 0] = -np.inf
    inputs[3, 1, 1, 1] = np.copysign(np.nan, -1)
    generated = generate(network, target=Target(machine.core))
    got = emulated_networks.infer(machine, tmp_path, generated, inputs)
    with np.errstate(invalid="ignore"):
        [wanted] = reference.run(network, [inputs])
    np.testing.assert_array_equal(np.isnan(got), np.isnan(wanted.reshape(4, -1)))
    np.testing.assert_array_equal(np.isinf(got), np.isinf(wanted.reshape(4, -1)))
