"""Generated C, compiled with sanitizers, computes what the network says."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import compiled, networks
from tests.fakes.layers.arithmetic import expected
from tests.fakes.networks import STEADY_PAIRS, Recipe, random_network
from tinylab.codegen.generate import generate
from tinylab.zoo.network import Network
from tinylab.zoo.operations import ArithmeticKind, Function, PoolKind

Check = Callable[..., None]


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Check:
    """Builds a network with an application around it, and compares outputs."""
    compiler = compiled.for_host(tmp_path_factory.mktemp("host"))
    kernels = compiled.kernel_objects(compiler)

    def compare(network: Network, compression: str = "none", scale: float = 1.0) -> None:
        generated = generate(network, compression)
        objects = compiled.network_objects(compiler, generated, "cubeai_application.c")
        program: Path = compiler.program("application", objects + kernels)
        random = np.random.default_rng(7)
        inputs = random.standard_normal((3, *network.input_shape)).astype(np.float32) * scale
        wanted = np.stack([expected(generated.network, given) for given in inputs])
        got = compiled.infer(program, inputs)
        assert np.abs(wanted).max() > 0
        assert np.abs(got - wanted).max() <= 1e-5 * np.abs(wanted).max()

    return compare


@pytest.mark.parametrize("compression", ["none", "x4", "x8"])
@pytest.mark.parametrize("make", networks.CATALOGUE)
def test_networks_of_the_catalogue(
    check: Check, make: Callable[[], Network], compression: str
) -> None:
    check(make(), compression)


GEOMETRIES = [
    ((1, 1), (1, 1), "valid"),
    ((2, 2), (1, 1), "same"),
    ((2, 2), (2, 2), "valid"),
    ((3, 3), (1, 1), "valid"),
    ((3, 3), (2, 2), "same"),
    ((3, 2), (1, 3), "same"),
    ((2, 5), (2, 1), "valid"),
    ((1, 1), (2, 3), "same"),
    ((9, 7), (1, 1), "same"),
]
"""(size, stride, padding) of windows over SHAPE."""

SHAPE = (9, 7, 5)


def between_convolutions(layer: Callable[[Recipe], Recipe]) -> Network:
    """With a tensor in the arena on both sides of `layer`."""
    return layer(Recipe(SHAPE).conv(5, (1, 1))).conv(3, (1, 1)).network()


@pytest.mark.parametrize(("size", "stride", "padding"), GEOMETRIES)
@pytest.mark.parametrize("filters", [1, 11])
def test_convolution(
    check: Check, size: tuple[int, int], stride: tuple[int, int], padding: str, filters: int
) -> None:
    check(between_convolutions(lambda recipe: recipe.conv(filters, size, stride, padding).relu()))


@pytest.mark.parametrize(("size", "stride", "padding"), GEOMETRIES)
def test_depthwise_convolution(
    check: Check, size: tuple[int, int], stride: tuple[int, int], padding: str
) -> None:
    check(between_convolutions(lambda recipe: recipe.depthwise(size, stride, padding, 2)))


@pytest.mark.parametrize(("size", "stride", "padding"), GEOMETRIES)
@pytest.mark.parametrize("kind", [PoolKind.MAX, PoolKind.AVERAGE])
def test_pooling(
    check: Check, size: tuple[int, int], stride: tuple[int, int], padding: str, kind: PoolKind
) -> None:
    def pool(recipe: Recipe) -> Recipe:
        return recipe.activate(Function.TANH).pool(size, stride, padding, kind)

    check(between_convolutions(pool))


@pytest.mark.parametrize(("size", "stride", "padding"), GEOMETRIES)
def test_convolution_with_pooling(
    check: Check, size: tuple[int, int], stride: tuple[int, int], padding: str
) -> None:
    def both(recipe: Recipe) -> Recipe:
        recipe.conv(6, (2, 3), (1, 1), "same").activate(Function.RELU6).dropout()
        return recipe.pool(size, stride, padding).relu()

    check(between_convolutions(both))


@pytest.mark.parametrize("kind", list(PoolKind))
@pytest.mark.parametrize("shape", [(9, 7, 5), (11, 4)])
def test_global_pooling(check: Check, kind: PoolKind, shape: tuple[int, ...]) -> None:
    check(Recipe(shape).conv(6, (1, 2)).global_pool(kind).dense(3).network())


@pytest.mark.parametrize("function", networks.STEADY)
@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_activation_functions(check: Check, function: Function, scale: float) -> None:
    """After a layer, after another function, after a reshape, and far from zero."""
    recipe = Recipe((4, 6)).dense(5).activate(function, 0.3).reshape(20).activate(function)
    recipe.dense(7).activate(Function.SIGMOID).activate(function).reshape(7, 1)
    check(recipe.activate(function).network(), scale=scale)


def test_exponential(check: Check) -> None:
    check(Recipe((4, 6)).activate(Function.EXP).dense(5).activate(Function.EXP).network())


def test_activation_of_the_input(check: Check) -> None:
    check(Recipe((5, 4, 3)).activate(Function.RELU6).network())


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-0.5, math.inf), (-math.inf, 0.25)])
def test_clipping(check: Check, low: float, high: float) -> None:
    """Of the input, after a layer, after a function that is no clamp, and of what was clipped."""
    recipe = Recipe((4, 6)).clip(low, high).dense(5).clip(low, high).batch_norm()
    recipe.activate(Function.TANH).clip(low, high).clip(-0.25, 0.75).reshape(20)
    check(recipe.network())


def test_skip_connections(check: Check) -> None:
    recipe = Recipe((8, 8, 4)).conv(6, (3, 3), padding="same").relu()
    shortcut = recipe.last
    recipe.conv(6, (3, 3), padding="same").relu().conv(6, (3, 3), padding="same")
    recipe.sum_with(shortcut).relu()
    check(recipe.sum_with(recipe.last).conv(2, (2, 2)).network())


def test_padding_on_its_own(check: Check) -> None:
    recipe = Recipe((4, 5, 3)).conv(3, (1, 1)).pad(((1, 2), (3, 0)))
    check(recipe.pool((2, 2), (1, 1)).conv(2, (1, 1)).network())
    check(Recipe((6, 2)).pad(((0, 0), (2, 1))).network())


def test_padding_before_a_convolution(check: Check) -> None:
    recipe = Recipe((4, 5, 3)).pad(((1, 1), (2, 0))).conv(4, (3, 3), (2, 2))
    check(recipe.pad(((1, 1), (1, 1))).depthwise((3, 3)).network())


def test_batch_norm(check: Check) -> None:
    recipe = Recipe((6, 6, 3)).batch_norm().conv(5, (2, 2)).batch_norm().relu()
    recipe.depthwise((2, 2), multiplier=2).batch_norm().pool((2, 2)).batch_norm().flatten()
    check(recipe.dense(6).batch_norm().activate(Function.TANH).batch_norm().network())


def test_layers_that_do_nothing(check: Check) -> None:
    check(Recipe((3, 4)).dropout().flatten().activate(Function.LINEAR).network())


@pytest.mark.parametrize("bilinear", [False, True])
def test_resizing(check: Check, bilinear: bool) -> None:
    check(Recipe((5, 6, 3)).relu().resize((7, 4), bilinear=bilinear).network())


def test_transposed_convolutions(check: Check) -> None:
    check(Recipe((4, 5, 3)).transpose_conv(6, (3, 2), (2, 3)).relu().network())


@pytest.mark.parametrize("kind", STEADY_PAIRS)
def test_pairs_of_tensors(check: Check, kind: ArithmeticKind) -> None:
    recipe = Recipe((4, 5, 3)).conv(6, (1, 1))
    check(recipe.combine(kind, recipe.constant(1, 5, 1)).dense(2).network())


def test_joins_slices_and_transposes(check: Check) -> None:
    recipe = Recipe((4, 5, 3)).conv(6, (1, 1))
    recipe.slice((0, 4, 1), (4, 3, 5), (1, -2, 1)).transpose(2, 0, 1)
    check(recipe.concat(1, recipe.last).relu().network())


def test_dense_on_rows(check: Check) -> None:
    check(Recipe((3, 4, 6)).dense(7).relu().dense(2).network())


@pytest.mark.parametrize("compression", ["x4", "x8"])
@pytest.mark.parametrize(("inputs", "units"), [(65, 67), (4097, 1), (64, 64)])
def test_compressed_layers_of_odd_sizes(
    check: Check, compression: str, inputs: int, units: int
) -> None:
    check(Recipe((2, inputs)).dense(units).relu().dense(3).network(), compression)


@pytest.mark.parametrize("seed", range(25))
def test_random_networks(check: Check, seed: int) -> None:
    check(random_network(seed))


@pytest.mark.parametrize("relu_after", [False, True])
def test_pools_of_a_reshaped_convolution(check: Check, relu_after: bool) -> None:
    """Exporters compute one-dimensional layers as rows or as columns, with a reshaping between."""
    recipe = Recipe((1, 12, 3)).conv(4, (1, 3), padding="same")
    if not relu_after:
        recipe.relu()
    recipe.reshape(12, 1, 4)
    if relu_after:
        recipe.relu()
    check(recipe.pool((2, 1)).dense(3).network())
    same = Recipe((4, 9, 3)).conv(4, (3, 3), padding="same").reshape(6, 6, 4)
    check(same.pool((4, 4), (6, 6)).network())
