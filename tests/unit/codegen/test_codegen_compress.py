"""Compression keeps what a network computes as well as its bits allow."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fakes import networks
from tests.fakes.networks import Recipe
from tinylab.codegen.compress import Compression, codebooks
from tinylab.codegen.generate import Generated, generate
from tinylab.zoo.network import Dense, FloatArray, Network


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


@pytest.mark.parametrize("values", [[0.5], [-1.0, 1.0], [0.0, 0.0, 1e-3, 5.0]])
def test_few_different_weights_are_kept_exactly(values: list[float]) -> None:
    weights = np.resize(np.array(values, np.float32), (64, 64))
    assert np.array_equal(book_of(weights), weights)


def book_of(weights: FloatArray) -> FloatArray:
    """The weights after x8."""
    recipe = Recipe(weights.shape[:1]).dense(weights.shape[1])
    recipe.layers[0].operation.weights[:] = weights
    (book,) = codebooks(recipe.network(), Compression.X8).values()
    assert book.table.shape == (16,)
    assert (np.diff(book.table) >= 0).all()
    return book.weights
