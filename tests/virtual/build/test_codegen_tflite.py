"""Generated C of single operators of .tflite files, compiled with sanitizers, equals the host's
reference: bit by bit for quantised tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from tests.fakes import compiled
from tests.fakes.tflite import convolutions, int16, operators
from tests.fakes.tflite.files import network_of
from tests.fakes.tflite.operators import FLOAT, INT8, INT16, UINT8, Shape
from tinylab.codegen.generate import generate
from tinylab.zoo.execution import reference

Check = Callable[[bytes], None]
SAMPLES = 5
TYPES = (FLOAT, INT8, INT16)


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Check:
    """Builds the network of a file with an application around it, and compares stored outputs."""
    folder = tmp_path_factory.mktemp("host")
    compiler = compiled.for_host(folder)
    kernels = compiled.kernel_objects(compiler)

    def compare(content: bytes) -> None:
        network = network_of(content, folder)
        application = "cubeai_stored_application.c"
        objects = compiled.network_objects(compiler, generate(network), application)
        program = compiler.program("application", objects + kernels)
        random = np.random.default_rng(7)
        real = [
            one.type.random(random, (SAMPLES, *one.shape)) * np.float32(4) - one.type.is_float * 2
            for one in network.inputs
        ]
        wanted = dict(reference.each_tensor(network, real))
        got = compiled.infer_stored(program, network, [wanted[one.name] for one in network.inputs])
        for name, output in zip(network.outputs, got, strict=True):
            tolerance = 1e-5 if network.type_of(name).is_float else 0
            np.testing.assert_allclose(output, wanted[name], rtol=tolerance, atol=tolerance)

    return compare


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(11)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("kind", operators.PAIRS)
@pytest.mark.parametrize(
    ("shapes", "known"),
    [
        (((1, 5, 4, 3), (1, 5, 4, 3)), -1),
        (((1, 5, 4, 3), (3,)), 1),
        (((1, 5, 1, 3), (1, 1, 4, 1)), 0),
    ],
)
def test_pairs(
    check: Check, random: Any, dtype: str, kind: str, shapes: Sequence[Shape], known: int
) -> None:
    check(operators.pair(random, kind, dtype, shapes, known, "RELU"))


@pytest.mark.parametrize("dtype", [FLOAT, INT8])
def test_prelu(check: Check, random: Any, dtype: str) -> None:
    check(operators.prelu(random, dtype))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("kind", operators.UNITS)
def test_units(check: Check, random: Any, dtype: str, kind: str) -> None:
    if dtype == INT16 and kind in operators.WITHOUT_INT16:
        pytest.skip(f"{kind} of int16 is not in TensorFlow Lite")
    check(operators.unit(random, kind, dtype))


@pytest.mark.parametrize("dtype", TYPES)
def test_softmax_with_a_factor(check: Check, random: Any, dtype: str) -> None:
    check(operators.softmax(random, dtype, 0.3))


@pytest.mark.parametrize("dtype", TYPES)
def test_padding_with_a_value(check: Check, random: Any, dtype: str) -> None:
    check(operators.pad(random, dtype, [[0, 0], [1, 2], [0, 3], [2, 1]], value=True))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("axis", [1, 2, 3])
def test_splits_and_joins(check: Check, random: Any, dtype: str, axis: int) -> None:
    check(operators.split(random, dtype, axis))


@pytest.mark.parametrize("dtype", TYPES)
def test_a_join_with_a_constant(check: Check, random: Any, dtype: str) -> None:
    shapes = [(1, 2, 3, 4), (1, 2, 5, 4), (1, 2, 1, 4)]
    check(operators.concatenation(random, dtype, shapes, 2))


@pytest.mark.parametrize("dtype", [INT8, UINT8])
def test_a_join_of_several_scales(check: Check, random: Any, dtype: str) -> None:
    check(operators.joined(random, dtype, [(1, 20, 6), (1, 20, 9), (1, 20, 2)], 2))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("axes", [(0, 2, 1, 3), (0, 3, 1, 2)])
def test_transposes(check: Check, random: Any, dtype: str, axes: Shape) -> None:
    check(operators.transpose(random, dtype, (1, 4, 5, 6), axes))


@pytest.mark.parametrize("dtype", TYPES)
def test_slices(check: Check, random: Any, dtype: str) -> None:
    check(operators.strided_slice(random, dtype, (0, 1, 6, 0), (1, 6, 0, 2), (1, 1, -2, 1), 0))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("kind", operators.REDUCERS)
@pytest.mark.parametrize("axes", [(1, 2), (3,), (1, 3)])
def test_reductions(check: Check, random: Any, dtype: str, kind: str, axes: Shape) -> None:
    check(operators.reduction(random, kind, dtype, (1, 5, 6, 7), axes, keep=True))


@pytest.mark.parametrize("dtype", [*TYPES, UINT8])
@pytest.mark.parametrize(("kind", "made"), [("ARG_MAX", "int64"), ("ARG_MIN", "int32")])
def test_places(check: Check, random: Any, dtype: str, kind: str, made: str) -> None:
    check(operators.place(random, kind, dtype, (1, 5, 6, 7), 2, made))


@pytest.mark.parametrize("dtype", [UINT8, INT16])
@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"])
def test_weights_of_one_scale(check: Check, random: Any, dtype: str, kind: str) -> None:
    check(operators.per_tensor(random, kind, dtype))


@pytest.mark.parametrize("kind", ["CONV_2D", "FULLY_CONNECTED"])
def test_biases_of_32_bits(check: Check, random: Any, kind: str) -> None:
    check(operators.per_tensor(random, kind, INT16, wide=False))


@pytest.mark.parametrize("kind", ["LOGISTIC", "TANH"])
def test_sigmoids_of_int16(check: Check, random: Any, kind: str) -> None:
    check(operators.sigmoid(random, kind))


@pytest.mark.parametrize("make", [int16.convolutional, int16.dense])
def test_whole_networks_of_int16(check: Check, random: Any, make: Any) -> None:
    check(make(random))


@pytest.mark.parametrize("dtype", [UINT8, INT16])
def test_averages(check: Check, random: Any, dtype: str) -> None:
    check(operators.average_pool(random, dtype))


@pytest.mark.parametrize("dtype", [*TYPES, UINT8])
@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
def test_dilation(check: Check, random: Any, dtype: str, kind: str) -> None:
    check(convolutions.dilated(random, kind, dtype, (2, 3), same=True))


@pytest.mark.parametrize("dtype", TYPES)
def test_groups(check: Check, random: Any, dtype: str) -> None:
    check(convolutions.grouped(random, dtype, 4))


@pytest.mark.parametrize("dtype", [*TYPES, UINT8])
@pytest.mark.parametrize("same", [False, True])
def test_transposed_convolutions(check: Check, random: Any, dtype: str, same: bool) -> None:
    check(convolutions.transposed(random, dtype, (2, 3), same=same, kernel=(5, 4)))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("bilinear", [False, True])
def test_resizing(check: Check, random: Any, dtype: str, bilinear: bool) -> None:
    check(operators.resize(random, dtype, (11, 5), "half", bilinear=bilinear))
