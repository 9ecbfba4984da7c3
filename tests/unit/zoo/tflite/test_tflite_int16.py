"""The host's reference of int16 tensors equals LiteRT's reference kernels, bit by bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.tflite import convolutions, int16, operators
from tests.fakes.tflite.compare import compare
from tests.fakes.tflite.files import Op, Tensor, interpreted, network_of
from tests.fakes.tflite.int8 import Random
from tests.fakes.tflite.int16 import SHARE
from tests.fakes.tflite.operators import INT16, schema
from tinylab.errors import ModelFileError
from tinylab.zoo.execution import reference

EVERY = np.arange(-32768, 32768).astype(np.int16).reshape(1, -1)


@pytest.mark.parametrize("kind", ["LOGISTIC", "TANH"])
@pytest.mark.parametrize("scale", [1 / 4096, 1 / 2048, 1 / 8192, 0.001, 0.00031, 0.01, 1e-5, 0.3])
def test_sigmoids_of_every_element(tmp_path: Path, kind: str, scale: float) -> None:
    made = Tensor(EVERY.shape, INT16, [SHARE], [0])
    content = operators.one(Op(kind, [0], [1]), Tensor(EVERY.shape, INT16, [scale], [0]), made)
    network = network_of(content, tmp_path)
    real = network.inputs[0].type.decode(EVERY)
    tensors = dict(reference.each_tensor(network, [real]))
    np.testing.assert_array_equal(tensors["input"], EVERY)
    np.testing.assert_array_equal(tensors[network.outputs[0]], interpreted(content, EVERY)[0])


@pytest.mark.parametrize("count", [1, 2, 9, 300])
@pytest.mark.parametrize("beta", [1.0, 0.3])
@pytest.mark.parametrize("scale", [1 / 32768, 0.0001, 0.001, 0.01])
def test_softmax(tmp_path: Path, count: int, beta: float, scale: float) -> None:
    options = schema.SoftmaxOptionsT()
    options.beta = beta
    shape = (1, 20, count)
    tensors = [Tensor(shape, INT16, [step], [0]) for step in (scale, SHARE)]
    content = operators.one(Op("SOFTMAX", [0], [1], options), *tensors)
    compare(content, tmp_path, np.random.default_rng(1))


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("kind", ["CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"])
def test_biases_of_32_and_64_bits(tmp_path: Path, kind: str, wide: bool) -> None:
    for seed in range(5):
        random = np.random.default_rng(seed)
        if kind == "TRANSPOSE_CONV":
            content = convolutions.transposed(random, INT16, (2, 2), same=True, wide=wide)
        else:
            content = operators.per_tensor(random, kind, INT16, wide=wide)
        compare(content, tmp_path, random)


@pytest.mark.parametrize("make", [int16.convolutional, int16.dense])
def test_whole_networks(tmp_path: Path, make: Callable[[Random], bytes]) -> None:
    for seed in range(3):
        random = np.random.default_rng(seed)
        compare(make(random), tmp_path, random)


def test_long_sums_do_not_overflow(tmp_path: Path) -> None:
    """Sums of 35 bits, in a dense layer with a bias of 64 bits."""
    random = np.random.default_rng(1)
    weights = random.integers(100, 128, (5, 8000)).astype(np.int8)
    content = operators.one(
        Op("FULLY_CONNECTED", [0, 1, 2], [3], schema.FullyConnectedOptionsT()),
        Tensor((1, 8000), INT16, [0.0001], [0]),
        Tensor.constant(weights, scales=[0.01]),
        Tensor.constant(np.zeros(5, np.int64), scales=[1e-6]),
        Tensor((1, 5), INT16, [2.0], [0]),
    )
    network = network_of(content, tmp_path)
    given = np.full((1, 8000), 32000, np.int16)
    tensors = dict(reference.each_tensor(network, [network.inputs[0].type.decode(given)]))
    made = tensors[network.outputs[0]]
    np.testing.assert_array_equal(made, interpreted(content, given)[0])
    assert made.min() > 10000


def test_slopes_of_int16_are_refused(tmp_path: Path) -> None:
    content = operators.prelu(np.random.default_rng(1), INT16)
    with pytest.raises(ModelFileError, match=r"PRELU .* is not supported with tensors of int16"):
        network_of(content, tmp_path)


@pytest.mark.parametrize("kind", ["ADD", "SUB"])
def test_scales_of_powers_of_two(tmp_path: Path, kind: str) -> None:
    """Old converters let these be shifted: LiteRT rounds the terms before it adds them."""
    options = operators.PAIRS[kind]()
    assert options.potScaleInt16
    tensors = [Tensor((1, 6), INT16, [step], [0]) for step in (2**-12, 2**-13, 2**-12)]
    content = operators.one(Op(kind, [0, 1], [2], options), *tensors)
    with pytest.raises(ModelFileError, match=f"{kind} .* with scales that are powers of two"):
        network_of(content, tmp_path)
    options.potScaleInt16 = False
    compare(
        operators.one(Op(kind, [0, 1], [2], options), *tensors), tmp_path, np.random.default_rng(1)
    )
