"""Generated C of float layers, compiled with sanitizers, computes their definitions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes import compiled
from tests.fakes.layers.arithmetic import expected
from tests.fakes.networks import Recipe
from tinylab.codegen.generate import generate
from tinylab.zoo.execution import reference
from tinylab.zoo.network import Layer, Network
from tinylab.zoo.operations import (
    NO_PADDING,
    ArithmeticKind,
    CellFunction,
    Constant,
    Conv,
    Function,
)

Check = Callable[..., None]


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Check:
    """Compares a network's outputs on the host and in C with its definition."""
    compiler = compiled.for_host(tmp_path_factory.mktemp("host"))
    kernels = compiled.kernel_objects(compiler)

    def compare(network: Network, *, whole: int = 0, least: float | None = None) -> None:
        """`whole`: the input has whole numbers below it; `least`: numbers above it."""
        generated = generate(network)
        objects = compiled.network_objects(compiler, generated, "cubeai_application.c")
        program: Path = compiler.program("application", objects + kernels)
        random = np.random.default_rng(7)
        shape = (3, *network.input_shape)
        inputs = random.integers(0, whole, shape) if whole else random.standard_normal(shape)
        inputs = inputs if least is None else np.abs(inputs) + least
        given = inputs.astype(np.float32)
        wanted = np.stack([expected(network, one) for one in given])
        assert np.abs(wanted).max() > 0
        limit = 1e-5 * np.abs(wanted).max()
        assert np.abs(compiled.infer(program, given) - wanted).max() <= limit
        host = reference.run(network, [given])[0].reshape(wanted.shape)
        assert np.abs(host - wanted).max() <= limit

    return compare


def between(layer: Callable[[Recipe], Recipe], shape: tuple[int, ...] = (9, 7, 6)) -> Network:
    """With a tensor in the arena on both sides of `layer`."""
    first = Recipe(shape).conv(shape[-1], (1, 1))
    return layer(first).conv(3, (1, 1)).network()


@pytest.mark.parametrize("groups", [1, 2, 3])
@pytest.mark.parametrize("dilation", [(1, 1), (2, 1), (3, 2)])
@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
def test_groups_and_dilation(
    check: Check, groups: int, dilation: tuple[int, int], stride: tuple[int, int]
) -> None:
    def layer(recipe: Recipe) -> Recipe:
        return recipe.grouped(5 * groups, (3, 2), groups, dilation, stride).relu()

    check(between(layer))


def test_dilation_over_one_dimension_and_of_depthwise_convolutions(check: Check) -> None:
    check(between(lambda recipe: recipe.grouped(6, (1, 3), 2, (1, 4)), (12, 4)))
    check(between(lambda recipe: recipe.dilated_depthwise((3, 2), (2, 3)).relu()))


@pytest.mark.parametrize("filters", [1, 6])
@pytest.mark.parametrize(
    ("size", "stride", "before", "made"),
    [
        ((3, 3), (2, 2), (0, 0), (19, 15)),
        ((3, 2), (2, 2), (1, 0), (18, 14)),
        ((2, 5), (3, 1), (0, 2), (27, 7)),
        ((1, 1), (2, 2), (0, 0), (18, 14)),
        ((4, 4), (1, 1), (3, 3), (2, 3)),
    ],
)
def test_transposed_convolution(
    check: Check, filters: int, size: Any, stride: Any, before: Any, made: Any
) -> None:
    check(between(lambda recipe: recipe.transposed(filters, size, stride, before, made).relu()))


def test_embedding(check: Check) -> None:
    check(Recipe((7,)).embedding(9, 5).dense(3).network(), whole=9)


@pytest.mark.parametrize("axes", [1, 2])
def test_layer_normalisation(check: Check, axes: int) -> None:
    check(Recipe((4, 6)).dense(5).layer_norm(axes).dense(3).network())


FUNCTIONS = tuple(Function)[list(Function).index(Function.EXP) :]
POSITIVE = {Function.LOG, Function.SQRT, Function.RSQRT, Function.RECIPROCAL}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions(check: Check, function: Function) -> None:
    network = Recipe((9, 7)).activate(function).dense(3).network()
    check(network, least=0.1 if function in POSITIVE else None)


PAIRS = tuple(ArithmeticKind)[list(ArithmeticKind).index(ArithmeticKind.DIVIDE) :]


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("shape", [(5, 1), (1, 7), (5, 7)])
def test_pairs(check: Check, kind: ArithmeticKind, shape: tuple[int, int]) -> None:
    recipe = Recipe((5, 7)).activate(Function.ROUND)
    first = recipe.last
    other = recipe.constant(*shape)
    recipe.layers[-1] = rounded(recipe.layers[-1], kind)
    check(recipe.combine(kind, other).sum_with(first).network(), least=1.0)


def rounded(layer: Layer, kind: ArithmeticKind) -> Layer:
    """A constant of whole numbers, so that some are equal to rounded ones, without 0 as divisor."""
    assert isinstance(layer.operation, Constant)
    values = np.round(np.abs(layer.operation.values) + (kind is ArithmeticKind.DIVIDE))
    return replace(layer, operation=Constant(values))


@pytest.mark.parametrize(
    ("given", "made"), [((1, 4), (6, 4)), ((5, 1), (5, 3)), ((4, 1, 3), (4, 2, 3)), ((1,), (8,))]
)
def test_repetition(check: Check, given: tuple[int, ...], made: tuple[int, ...]) -> None:
    check(Recipe(given).dense(given[-1]).repeat(*made).dense(3).network())


def images() -> Network:
    """A sequence of images, each through the same convolution."""
    recipe = Recipe((3, 6, 5, 2)).activate(Function.TANH).reshape(3, 60)
    rows, parts = recipe.last, []
    kernel, bias = recipe.values(2, 2, 2, 4), recipe.values(4)
    for step in range(3):
        recipe.last, recipe.shape = rows, (3, 60)
        recipe.slice((step, 0), (1, 60), (1, 1)).reshape(6, 5, 2)
        recipe.add(Conv(kernel, bias, (1, 1), NO_PADDING), (5, 4, 4)).reshape(1, 80)
        parts.append(recipe.last)
    recipe.last, recipe.shape = parts[0], (1, 80)
    return recipe.concat(0, *parts[1:]).reshape(3, 5, 4, 4).relu().dense(2).network()


def test_a_sequence_of_images_shares_the_weights(check: Check) -> None:
    check(images())
    assert generate(images()).weights_bytes == 4 * (2 * 2 * 2 * 4 + 4 + 3 + 4 * 2 + 2)


CELLS: dict[str, tuple[Callable[..., Recipe], dict[str, Any]]] = {
    "simple": (Recipe.simple_rnn, {"activation": CellFunction.TANH}),
    "simple relu": (Recipe.simple_rnn, {"activation": CellFunction.RELU}),
    "gru": (
        Recipe.gru,
        {"activation": CellFunction.TANH, "gate": CellFunction.SIGMOID, "reset_after": True},
    ),
    "gru, reset first": (
        Recipe.gru,
        {"activation": CellFunction.TANH, "gate": CellFunction.UNIT, "reset_after": False},
    ),
    "lstm": (Recipe.lstm, {"activation": CellFunction.TANH, "gate": CellFunction.SIGMOID}),
    "lstm linear": (Recipe.lstm, {"activation": CellFunction.LINEAR, "gate": CellFunction.UNIT}),
}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("units", [1, 5, 8])
def test_recurrent_layers(
    check: Check, cell: str, sequences: bool, backwards: bool, units: int
) -> None:
    make, settings = CELLS[cell]
    recipe = make(
        Recipe((6, 3)).dense(4), units, sequences=sequences, backwards=backwards, **settings
    )
    check(recipe.dense(2).network())


@pytest.mark.parametrize("kind", [ArithmeticKind.MAXIMUM, ArithmeticKind.MINIMUM])
def test_the_larger_of_a_value_and_none_is_none(kind: ArithmeticKind, tmp_path: Path) -> None:
    """Of a matrix and the same one transposed: it is the first of the two, and the second."""
    recipe = Recipe((2, 2)).clip(-3, 3)
    network = recipe.transpose(1, 0).combine(kind, recipe.layers[0].name).network()
    compiler = compiled.for_host(tmp_path)
    objects = compiled.network_objects(compiler, generate(network), "cubeai_application.c")
    objects += compiled.kernel_objects(compiler)
    inputs = np.array([[[0, np.nan], [1, 2]]], np.float32)
    got = compiled.infer(compiler.program("application", objects), inputs)
    [wanted] = reference.run(network, [inputs])
    assert np.isnan(wanted).sum() == 2
    np.testing.assert_array_equal(got, wanted.reshape(1, 4))
