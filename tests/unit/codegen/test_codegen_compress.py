"""Compression keeps what a network computes as well as its bits allow."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fakes import networks
from tests.fakes.networks import Recipe
from tinylab.codegen.compress import (
    LARGE,
    Compression,
    blank_codebooks,
    codebooks,
    compressed_layers,
    decompressed,
)
from tinylab.codegen.generate import Generated, generate
from tinylab.zoo.network import Network
from tinylab.zoo.operations import Dense
from tinylab.zoo.tensor_type import FloatArray


def dense_weights(network: Network) -> list[FloatArray]:
    return [
        layer.operation.weights for layer in network.layers if isinstance(layer.operation, Dense)
    ]


@pytest.mark.parametrize(("compression", "values"), [("x4", 256), ("x8", 16)])
def test_only_the_large_dense_layer_is_compressed(compression: str, values: int) -> None:
    network = networks.image_classification()
    generated = generate(network, compression)
    (before, small), (after, same) = dense_weights(network), dense_weights(generated.network)
    assert len(np.unique(after)) == values
    assert np.array_equal(small, same)
    assert [layer.name for layer in generated.compressed] == ["dense_10"]
    assert generated.compressed[0].float_bytes == before.nbytes


def test_nothing_worth_compressing_is_said() -> None:
    generated: Generated = generate(networks.house_price(), "x8")
    assert generated.compression == "none"
    assert generated.compressed == ()


@pytest.mark.parametrize("draw", ["normal", "laplace", "uniform"])
def test_tables_beat_even_steps(draw: str) -> None:
    weights = getattr(np.random.default_rng(3), draw)(size=(100, 100)).astype(np.float32)
    book = book_of(weights)
    step = (weights.max() - weights.min()) / 16
    even = np.floor((weights - weights.min()) / step).clip(0, 15) * step + weights.min() + step / 2
    assert np.square(book - weights).sum() < np.square(even - weights).sum()


def test_each_weight_takes_the_nearest_value_and_each_value_is_the_mean_of_its_weights() -> None:
    weights = np.random.default_rng(4).standard_normal((80, 80)).astype(np.float32)
    book = book_of(weights)
    table = np.unique(book)
    distances = np.abs(weights.reshape(-1, 1) - table)
    assert np.allclose(distances.min(axis=1), np.abs(weights - book).reshape(-1))
    for value in table:
        assert weights[book == value].mean() == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize(
    "values", [[0.5], [-1.0, 1.0], [2.0, 3.0], [-3.0, -2.0], [0.0, 0.0, 1e-3, 5.0]]
)
def test_few_different_weights_are_kept_exactly(values: list[float]) -> None:
    weights = np.resize(np.array(values, np.float32), (64, 64))
    assert np.array_equal(book_of(weights), weights)


@pytest.mark.parametrize("sign", [1, -1])
def test_one_large_weight_among_small_ones_is_kept_exactly(sign: int) -> None:
    weights = np.random.default_rng(6).uniform(-1, 1, (64, 64)).astype(np.float32)
    weights[3, 4] = 16.0 * sign
    assert book_of(weights)[3, 4] == weights[3, 4]


def test_rare_values_at_even_steps_are_kept_exactly() -> None:
    weights = np.zeros((64, 64), np.float32)
    weights[0, :16] = np.arange(-8, 8)
    assert np.array_equal(book_of(weights), weights)


def test_a_single_weight_between_others_is_kept_exactly() -> None:
    weights = np.zeros((64, 64), np.float32)
    weights[0, :3] = -1.0, 0.3, 1.0
    assert np.array_equal(book_of(weights), weights)


@pytest.mark.parametrize(("inputs", "compressed"), [(LARGE - 1, False), (LARGE, True)])
def test_a_layer_is_compressed_from_so_many_weights(inputs: int, compressed: bool) -> None:
    network = Recipe((inputs,)).dense(1).network()
    assert bool(codebooks(network, Compression.X8)) is compressed
    assert LARGE == 4096


@pytest.mark.parametrize(
    ("compression", "bits", "size"),
    [
        pytest.param(Compression.X4, 8, 4097 + 256 * 4, id="a byte for each"),
        pytest.param(Compression.X8, 4, 2049 + 16 * 4, id="half a byte for each, rounded up"),
    ],
)
def test_an_odd_number_of_weights_takes_whole_bytes(
    compression: Compression, bits: int, size: int
) -> None:
    network = Recipe((4097,)).dense(1).network()
    books = codebooks(network, compression)
    (layer,) = compressed_layers(network, books)
    assert (layer.float_bytes, layer.bytes) == (4 * 4097, size)
    assert compression.bits == bits
    (blank,) = compressed_layers(network, blank_codebooks(network, compression))
    assert blank.bytes == size


def test_a_weight_of_an_uncompressed_layer_has_32_bits() -> None:
    assert Compression.NONE.bits == 32


def test_the_error_is_relative_to_the_weights() -> None:
    recipe = Recipe((64,)).dense(64).dense(3)
    large, _ = dense_weights(recipe.network())
    large *= 50
    network = recipe.network()
    books = codebooks(network, Compression.X8)
    (layer,) = compressed_layers(network, books)
    after, _ = dense_weights(decompressed(network, books))
    wanted = np.sqrt(np.mean((large - after) ** 2) / np.mean(large**2))
    assert layer.rms_error == pytest.approx(wanted, rel=1e-4)
    assert 0.001 < layer.rms_error < 0.2


def test_a_layer_of_nothing_but_zeros_has_no_error() -> None:
    recipe = Recipe((64,)).dense(64)
    recipe.layers[0].operation.weights[:] = 0
    network = recipe.network()
    (layer,) = compressed_layers(network, codebooks(network, Compression.X8))
    assert layer.rms_error == 0.0


def book_of(weights: FloatArray) -> FloatArray:
    """The weights after x8."""
    recipe = Recipe(weights.shape[:1]).dense(weights.shape[1])
    recipe.layers[0].operation.weights[:] = weights
    (book,) = codebooks(recipe.network(), Compression.X8).values()
    assert book.table.shape == (16,)
    assert (np.diff(book.table) >= 0).all()
    return book.weights
