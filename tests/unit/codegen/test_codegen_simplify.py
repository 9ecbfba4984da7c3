"""A simplified network computes the same."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fakes.layers.arithmetic import expected
from tests.fakes.networks import Recipe, random_network
from tinylab.codegen.simplify import simplify, uses
from tinylab.zoo.network import Network


def kinds(network: Network) -> list[str]:
    return [type(layer.operation).__name__ for layer in network.layers]


def assert_same(network: Network) -> None:
    given = np.random.default_rng(0).standard_normal(network.input_shape).astype(np.float32)
    wanted = expected(network, given)
    assert expected(simplify(network), given) == pytest.approx(wanted, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("seed", range(40))
def test_random_networks_compute_the_same(seed: int) -> None:
    assert_same(random_network(seed))


def test_batch_norms_are_folded() -> None:
    recipe = Recipe((6, 6, 3)).conv(4, (2, 2)).batch_norm().depthwise((2, 2), multiplier=2)
    network = recipe.batch_norm().dense(5).batch_norm().batch_norm().network()
    assert kinds(simplify(network)) == ["Conv", "DepthwiseConv", "Dense"]
    assert_same(network)


def test_a_batch_norm_is_folded_past_layers_that_keep_the_channels() -> None:
    recipe = Recipe((4, 3)).dense(5).reshape(2, 2, 5).dropout().batch_norm().batch_norm()
    network = recipe.reshape(4, 5).batch_norm().network()
    assert kinds(simplify(network)) == ["Dense", "Reshape", "Dropout", "Reshape"]
    assert_same(network)


def test_a_batch_norm_stays_after_other_channels_and_before_another_reader() -> None:
    network = Recipe((4, 3)).dense(6).reshape(8, 3).batch_norm().network()
    assert kinds(simplify(network)) == ["Dense", "Reshape", "BatchNorm"]
    recipe = Recipe((4, 3)).dense(6).reshape(2, 2, 6)
    before = recipe.last
    network = recipe.batch_norm().sum_with(before).network()
    assert kinds(simplify(network)) == ["Dense", "Reshape", "BatchNorm", "Arithmetic"]
    assert_same(network)


def test_a_batch_norm_stays_where_its_input_is_needed_as_it_is() -> None:
    recipe = Recipe((6,)).dense(4)
    before = recipe.last
    network = recipe.batch_norm().sum_with(before).network()
    assert kinds(simplify(network)) == ["Dense", "BatchNorm", "Arithmetic"]
    assert_same(network)


def test_a_batch_norm_after_an_activation_stays() -> None:
    network = Recipe((6,)).dense(4).relu().batch_norm().network()
    assert kinds(simplify(network)) == ["Dense", "Activate", "BatchNorm"]


def test_zero_padding_goes_into_the_convolution() -> None:
    recipe = Recipe((5, 6, 2)).pad(((1, 2), (0, 1))).conv(3, (3, 3), (2, 2), "same")
    network = recipe.pad(((1, 1), (1, 1))).depthwise((3, 3)).network()
    assert kinds(simplify(network)) == ["Conv", "DepthwiseConv"]
    assert_same(network)


def test_zero_padding_before_a_pool_stays() -> None:
    """Its zeros count; what a pool's own padding adds does not."""
    network = Recipe((5, 6, 2)).pad(((1, 1), (1, 1))).pool((2, 2)).network()
    assert kinds(simplify(network)) == ["Pad", "Pool"]


def test_zero_padding_with_another_reader_stays() -> None:
    recipe = Recipe((5, 6, 2)).pad(((1, 1), (1, 1)))
    padded = recipe.last
    network = recipe.conv(2, (1, 1)).sum_with(padded).network()
    assert kinds(simplify(network)) == ["Pad", "Conv", "Arithmetic"]
    assert_same(network)


def test_a_batch_norm_of_the_input_stays() -> None:
    network = Recipe((6,)).batch_norm().dense(4).network()
    assert kinds(simplify(network)) == ["BatchNorm", "Dense"]
    assert_same(network)


def test_a_network_without_layers_stays_one() -> None:
    assert simplify(Recipe((6,)).network()).layers == ()
    assert uses(Recipe((3,)).network()) == {"input": 1}


def test_each_reading_counts_and_the_networks_output_is_one() -> None:
    recipe = Recipe((6,)).dense(4)
    recipe.sum_with("dense_1").dense(2)
    assert uses(recipe.network()) == {"input": 1, "dense_1": 2, "arithmetic_2": 1, "dense_3": 1}
