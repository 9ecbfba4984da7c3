"""Operators of .tflite files on tensors of any type, against LiteRT's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.tflite import convolutions, operators, weights
from tests.fakes.tflite.compare import compare
from tests.fakes.tflite.files import Op, Tensor, interpreted, model, network_of
from tests.fakes.tflite.operators import FLOAT, INT8, INT16, UINT8, Shape
from tinylab.errors import ModelFileError
from tinylab.zoo.execution import reference

TYPES = (FLOAT, INT8, UINT8, INT16)
SEEDS = range(3)
WITHOUT_REFERENCE = {"ELU"}
"""Operators that LiteRT's reference kernels lack."""


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("kind", operators.PAIRS)
@pytest.mark.parametrize(
    ("shapes", "known"),
    [
        (((1, 5, 4, 3), (1, 5, 4, 3)), -1),
        (((1, 5, 4, 3), (3,)), 1),
        (((3,), (1, 5, 4, 3)), 0),
        (((1, 5, 4, 3), ()), 1),
        (((1, 1, 1, 3), (1, 5, 4, 3)), 1),
        (((1, 5, 1, 3), (1, 1, 4, 1)), -1),
        (((1, 5, 4, 3), (1, 3)), -1),
    ],
)
def test_pairs(tmp_path: Path, dtype: str, kind: str, shapes: Sequence[Shape], known: int) -> None:
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        activation = "NONE" if seed else "RELU"
        compare(operators.pair(random, kind, dtype, shapes, known, activation), tmp_path, random)


@pytest.mark.parametrize("dtype", [FLOAT, INT8, UINT8])
def test_prelu(tmp_path: Path, dtype: str) -> None:
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        compare(operators.prelu(random, dtype), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("kind", operators.UNITS)
def test_units(tmp_path: Path, dtype: str, kind: str) -> None:
    if kind in WITHOUT_REFERENCE and dtype == UINT8:
        pytest.skip("ELU of uint8 is not in TensorFlow Lite")
    if kind in operators.WITHOUT_INT16 and dtype == INT16:
        pytest.skip(f"{kind} of int16 is not in TensorFlow Lite")
    for seed in range(8):
        random = np.random.default_rng(seed)
        content = operators.unit(random, kind, dtype)
        compare(content, tmp_path, random, references=kind not in WITHOUT_REFERENCE)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("beta", [1.0, 0.3, 4.0])
def test_softmax_with_a_factor(tmp_path: Path, dtype: str, beta: float) -> None:
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        compare(operators.softmax(random, dtype, beta), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("value", [False, True])
@pytest.mark.parametrize(
    "pairs",
    [
        [[0, 0], [1, 2], [0, 3], [0, 0]],
        [[0, 0], [1, 2], [0, 3], [2, 1]],
        [[0, 0], [0, 0], [0, 0], [2, 1]],
    ],
)
def test_padding(tmp_path: Path, dtype: str, value: bool, pairs: Sequence[Sequence[int]]) -> None:
    random = np.random.default_rng(1)
    compare(operators.pad(random, dtype, pairs, value=value), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(
    ("shapes", "axis"),
    [
        ([(1, 2, 3, 4), (1, 2, 5, 4), (1, 2, 1, 4)], 2),
        ([(1, 2, 3, 4), (1, 2, 3, 1), (1, 2, 3, 2)], -1),
        ([(1, 4), (1, 6), (1, 2)], 1),
        ([(1, 4, 2), (1, 6, 2), (1, 2, 2)], 1),
    ],
)
def test_concatenation(tmp_path: Path, dtype: str, shapes: Sequence[Shape], axis: int) -> None:
    random = np.random.default_rng(1)
    compare(operators.concatenation(random, dtype, shapes, axis), tmp_path, random)


@pytest.mark.parametrize("seed", range(20))
def test_uint8_of_several_scales_is_joined_as_litert_does(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    shapes = [(1, 20, 6), (1, 20, 9), (1, 20, 2)]
    compare(operators.joined(random, UINT8, shapes, 2), tmp_path, random)


def test_int16_of_several_scales_is_not_joined(tmp_path: Path) -> None:
    content = operators.joined(np.random.default_rng(1), INT16, [(1, 6), (1, 2)], 1)
    with pytest.raises(ModelFileError, match=r"CONCATENATION .* int16 numbers of several scales"):
        network_of(content, tmp_path)


def test_int8_of_several_scales_is_joined_as_real_numbers(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    network = network_of(operators.joined(random, INT8, [(1, 6), (1, 2)], 1), tmp_path)
    real = network.inputs[0].type.random(random, (5, 6))
    made = network.type_of(network.outputs[0])
    (got,) = reference.run(network, [real])
    near = np.abs(got[:, :6] - made.decode(made.encode(real))).max()
    assert near <= 1.01 * made.step


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((1, 4, 5, 6), (0, 2, 1, 3)),
        ((1, 4, 5, 6), (0, 3, 1, 2)),
        ((1, 4, 5), (0, 2, 1)),
        ((1, 4, 5), (1, 0, 2)),
        ((1, 4, 1, 6), (0, 2, 1, 3)),
    ],
)
def test_transposes(tmp_path: Path, dtype: str, shape: Shape, axes: Shape) -> None:
    random = np.random.default_rng(1)
    compare(operators.transpose(random, dtype, shape, axes), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(
    ("begin", "end", "step", "shrink"),
    [
        ((0, 1, 0, 0), (1, 5, 7, 4), (1, 2, 1, 1), 0),
        ((0, 1, 6, 0), (1, 6, 0, 2), (1, 1, -2, 1), 0),
        ((0, 2, 0, 0), (1, 3, 7, 4), (1, 1, 1, 1), 1),
        ((0, 0, 0, -1), (1, 6, 7, -3), (1, 1, 1, -1), 0),
    ],
)
def test_slices(
    tmp_path: Path, dtype: str, begin: Shape, end: Shape, step: Shape, shrink: int
) -> None:
    random = np.random.default_rng(1)
    compare(operators.strided_slice(random, dtype, begin, end, step, shrink), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("axis", [1, 2, 3])
def test_splits_and_several_outputs(tmp_path: Path, dtype: str, axis: int) -> None:
    random = np.random.default_rng(1)
    compare(operators.split(random, dtype, axis), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize(("masks", "begin", "made"), operators.MASKS)
def test_masks_of_slices(
    tmp_path: Path, dtype: str, masks: dict[str, int], begin: Shape, made: Shape
) -> None:
    random = np.random.default_rng(1)
    compare(operators.masked_slice(random, dtype, masks, begin, made), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("axis", [1, 2, 3, -1])
def test_splits_by_sizes(tmp_path: Path, dtype: str, axis: int) -> None:
    random = np.random.default_rng(1)
    compare(operators.split_sizes(random, dtype, axis % 4), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("kind", operators.REDUCERS)
@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((1, 5, 6, 7), (1, 2)),
        ((1, 5, 6, 7), (3,)),
        ((1, 5, 6, 7), (1, 3)),
        ((1, 5, 6, 7), (2, 3)),
        ((1, 5, 6, 7), (1, 2, 3)),
        ((1, 5, 6, 7), (1,)),
        ((1, 5, 6, 7), (2,)),
        ((1, 1, 6, 7), (1, 2)),
        ((1, 9, 4), (2,)),
        ((1, 9, 4), (1,)),
        ((1, 12), (1,)),
    ],
)
def test_reductions(
    tmp_path: Path, dtype: str, kind: str, keep: bool, shape: Shape, axes: Shape
) -> None:
    if kind == "SUM" and dtype in (INT8, INT16):
        pytest.skip("LiteRT saturates it as if it were uint8: see the next test")
    random = np.random.default_rng(1)
    compare(operators.reduction(random, kind, dtype, shape, axes, keep=keep), tmp_path, random)


@pytest.mark.parametrize("dtype", [INT8, INT16])
def test_a_sum_is_that_of_the_real_numbers(tmp_path: Path, dtype: str) -> None:
    random = np.random.default_rng(1)
    content = operators.reduction(random, "SUM", dtype, (1, 5, 6, 7), (1, 2), keep=False)
    network = network_of(content, tmp_path)
    taken, made = network.inputs[0], network.type_of(network.outputs[0])
    real = taken.type.random(random, (4, *taken.shape))
    (got,) = reference.run(network, [real])
    wanted = made.decode(made.encode(real.sum((1, 2))))
    assert np.abs(got - wanted).max() <= made.step


@pytest.mark.parametrize("dtype", [FLOAT, INT8, UINT8])
@pytest.mark.parametrize("made", ["int32", "int64"])
@pytest.mark.parametrize("kind", operators.PLACES)
@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        *(((1, 9), 1), ((1, 9), -1), ((1, 9), 0), ((1, 5, 6, 7), 3), ((1, 5, 6, 7), 1)),
        *(((1, 5, 6), 2), ((1, 1), 1)),
    ],
)
def test_places(tmp_path: Path, dtype: str, made: str, kind: str, shape: Shape, axis: int) -> None:
    random = np.random.default_rng(1)
    compare(operators.place(random, kind, dtype, shape, axis, made), tmp_path, random)


@pytest.mark.parametrize("dtype", [INT8, UINT8, INT16])
@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"])
def test_weights_of_one_scale(tmp_path: Path, kind: str, dtype: str) -> None:
    for seed in range(6):
        random = np.random.default_rng(seed)
        compare(operators.per_tensor(random, kind, dtype), tmp_path, random)


@pytest.mark.parametrize("kind", operators.CURVES)
def test_curves_of_uint8(tmp_path: Path, kind: str) -> None:
    for seed in range(6):
        random = np.random.default_rng(seed)
        compare(operators.curve(random, kind), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
def test_averages(tmp_path: Path, dtype: str) -> None:
    for seed in range(6):
        random = np.random.default_rng(seed)
        compare(operators.average_pool(random, dtype), tmp_path, random)


@pytest.mark.parametrize("dtype", ["float16", INT8])
def test_weights_that_the_file_dequantises(tmp_path: Path, dtype: str) -> None:
    random = np.random.default_rng(1)
    content = weights.float_weights(random, dtype)
    compare(content, tmp_path, random)
    (note,) = network_of(content, tmp_path).notes
    assert note == (
        f"Weights of {dtype} were made float32: the network runs in floats, "
        "not in the file's integers."
    )


@pytest.mark.parametrize(("dtype", "scales"), [(INT8, 1), (UINT8, 1), (INT8, 5)])
def test_weights_that_the_file_rounds(tmp_path: Path, dtype: str, scales: int) -> None:
    random = np.random.default_rng(1)
    compare(weights.rounded_weights(random, dtype, scales), tmp_path, random)


def test_the_number_below_a_half_is_rounded_down(tmp_path: Path) -> None:
    """In float32 its sum with a half is 1."""
    content = model([Tensor((1, 4)), Tensor((1, 4), INT8, [1.0], [0])], [Op("QUANTIZE", [0], [1])],
                    [0], [1])  # fmt: skip
    below = np.nextafter(np.float32(0.5), np.float32(0))
    given = np.array([[below, -below, 0.5, -0.5]], np.float32)
    (wanted,) = interpreted(content, given)
    network = network_of(content, tmp_path)
    assert wanted.tolist() == [[0, 0, 1, -1]]
    assert reference.run(network, [given])[0].tolist() == wanted.tolist()


def test_inputs_and_outputs_of_uint8_stay_uint8(tmp_path: Path) -> None:
    network = network_of(operators.average_pool(np.random.default_rng(1), UINT8), tmp_path)
    numbers = [one.type.number for one in (*network.inputs, *network.layers)]
    assert numbers == ["uint8", "int8", "int8", "uint8"]


def scaled(scales: Sequence[float], *, zero: int = 0) -> list[Tensor]:
    return [Tensor((1, 6), INT8, [scale], [zero]) for scale in scales]


@pytest.mark.parametrize(
    ("op", "tensors", "inputs"),
    [
        (Op("MAXIMUM", [0, 1], [2]), scaled([0.1, 0.2, 0.1]), [0, 1]),
        (Op("SOFTMAX", [0], [1], operators.schema.SoftmaxOptionsT()), scaled([0.1, 0.1]), [0]),
        (Op("REDUCE_MAX", [0, 1], [2], operators.schema.ReducerOptionsT()),
         [Tensor((1, 3, 6), INT8, [0.1], [0]), operators.integers(1), *scaled([0.2])], [0]),
    ],
)  # fmt: skip
def test_scales_that_an_operator_does_not_take_are_refused(
    tmp_path: Path, op: Op, tensors: Sequence[Tensor], inputs: Sequence[int]
) -> None:
    content = model(tensors, [op], inputs, op.outputs)
    with pytest.raises(ModelFileError) as raised:
        network_of(content, tmp_path)
    assert f"operator {op.kind} 'tensor_" in raised.value.message
    assert "is not supported with tensors of int8 (scale 0.1, zero point 0)" in raised.value.message
    assert "--cubeai-dir" in (raised.value.remedy or "")


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_other_types_are_refused_with_what_else_to_try(tmp_path: Path, dtype: str) -> None:
    tensors = [Tensor((1, 6), dtype, [0.1], [0]), Tensor((1, 6), dtype, [0.1], [0])]
    with pytest.raises(ModelFileError, match=f"contains {dtype} numbers") as raised:
        network_of(model(tensors, [Op("TANH", [0], [1])], [0], [1]), tmp_path)
    assert "--cubeai-dir" in (raised.value.remedy or "")


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D"])
@pytest.mark.parametrize("dilation", [(1, 2), (2, 3), (4, 1)])
@pytest.mark.parametrize("same", [False, True])
def test_dilation(
    tmp_path: Path, dtype: str, kind: str, dilation: tuple[int, int], same: bool
) -> None:
    random = np.random.default_rng(1)
    compare(convolutions.dilated(random, kind, dtype, dilation, same=same), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("groups", [2, 4])
def test_groups(tmp_path: Path, dtype: str, groups: int) -> None:
    random = np.random.default_rng(1)
    compare(convolutions.grouped(random, dtype, groups), tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (2, 3)])
@pytest.mark.parametrize(("same", "kernel"), [(False, (3, 2)), (True, (3, 2)), (True, (5, 4))])
def test_transposed_convolutions(
    tmp_path: Path, dtype: str, stride: tuple[int, int], same: bool, kernel: tuple[int, int]
) -> None:
    random = np.random.default_rng(1)
    content = convolutions.transposed(random, dtype, stride, same=same, kernel=kernel)
    compare(content, tmp_path, random)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("bilinear", [False, True])
@pytest.mark.parametrize("corners", ["", "align", "half"])
@pytest.mark.parametrize("size", [(10, 14), (3, 4), (11, 5), (1, 1)])
def test_resizing(
    tmp_path: Path, dtype: str, bilinear: bool, corners: str, size: tuple[int, int]
) -> None:
    random = np.random.default_rng(1)
    content = operators.resize(random, dtype, size, corners, bilinear=bilinear)
    # The kernel for uint8 interpolates stored elements as floats, tinylab real numbers.
    compare(content, tmp_path, random, steps=1 if bilinear and dtype == UINT8 else 0)
