"""Output shapes, and `same` padding in elements."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from tinylab.errors import ModelFileError
from tinylab.zoo.network import Shape, elements, spatial
from tinylab.zoo.operations import (
    NO_PADDING,
    Activate,
    Arithmetic,
    ArithmeticKind,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Function,
    GlobalPool,
    Operation,
    Pad,
    Pool,
    PoolKind,
)
from tinylab.zoo.shapes import MAX_DIMENSIONS, output_shape, same_padding, windowed

UNEVEN = ((1, 2), (3, 4))


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


# Padding


@pytest.mark.parametrize(
    ("length", "window", "stride"), [*product(range(1, 9), (1, 2, 3), (1, 2, 3))]
)
def test_same_padding_is_the_least_that_gives_every_stride_an_output(
    length: int, window: int, stride: int
) -> None:
    (top, bottom), sides = same_padding((length, 5, 1), (window, 1), (stride, 1))
    assert sides == (0, 0)
    assert top >= 0
    outputs, _ = windowed((length, 5, 1), (window, 1), (stride, 1), ((top, bottom), (0, 0)))
    assert outputs == -(-length // stride)
    assert 0 <= bottom - top <= 1, "the end gets the odd one"
    if top + bottom:
        reached = length + top + bottom - 1
        assert (reached - window) // stride + 1 < outputs, "one less would not do"


def test_height_and_width_are_padded_by_themselves() -> None:
    assert same_padding((5, 6, 2), (2, 3), (1, 2)) == ((0, 1), (0, 1))
    assert same_padding((6, 5, 2), (3, 2), (2, 1)) == ((0, 1), (0, 1))
    assert same_padding((7, 2), (1, 4), (1, 1)) == ((0, 0), (1, 2))


@pytest.mark.parametrize(
    ("shape", "window", "stride", "padding", "size"),
    [
        ((5, 7, 1), (3, 2), (1, 1), NO_PADDING, (3, 6)),
        ((5, 7, 1), (3, 2), (2, 3), NO_PADDING, (2, 2)),
        ((5, 7, 1), (3, 2), (1, 1), UNEVEN, (6, 13)),
        ((3, 2, 1), (3, 2), (4, 4), NO_PADDING, (1, 1)),
        ((7, 3), (1, 2), (1, 2), NO_PADDING, (1, 3)),
    ],
)
def test_a_window_slides_as_far_as_it_is_whole(
    shape: Shape,
    window: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[tuple[int, int], tuple[int, int]],
    size: tuple[int, int],
) -> None:
    assert windowed(shape, window, stride, padding) == size


@pytest.mark.parametrize("window", [(4, 1), (1, 3), (4, 3)])
def test_a_window_larger_than_its_input_is_refused(window: tuple[int, int]) -> None:
    with pytest.raises(ModelFileError, match=f"window of {window[0]} x {window[1]} is larger"):
        windowed((3, 2, 1), window, (1, 1), NO_PADDING)


# Shapes


def conv(*kernel: int, rank: int = 2) -> Conv:
    return Conv(zeros(*kernel), zeros(kernel[-1]), (1, 1), NO_PADDING, rank)


def depthwise(*kernel: int) -> DepthwiseConv:
    return DepthwiseConv(zeros(*kernel), zeros(kernel[2] * kernel[3]), (2, 1), NO_PADDING)


@pytest.mark.parametrize(
    ("operation", "shape", "made"),
    [
        (Dense(zeros(4, 9), zeros(9)), (4,), (9,)),
        (Dense(zeros(4, 9), zeros(9)), (2, 3, 4), (2, 3, 9)),
        (conv(2, 3, 4, 9), (5, 6, 4), (4, 4, 9)),
        (conv(1, 3, 4, 9, rank=1), (6, 4), (4, 9)),
        (depthwise(2, 3, 4, 2), (5, 6, 4), (2, 4, 8)),
        (Pool(PoolKind.MAX, (2, 3), (2, 3), NO_PADDING), (5, 6, 4), (2, 2, 4)),
        (Pool(PoolKind.MAX, (1, 3), (1, 3), NO_PADDING, rank=1), (6, 4), (2, 4)),
        (GlobalPool(PoolKind.AVERAGE), (5, 6, 4), (4,)),
        (Pad(UNEVEN), (5, 6, 4), (8, 13, 4)),
        (Pad(((0, 0), (3, 4))), (6, 4), (13, 4)),
        (Activate(Function.RELU), (5, 6, 4), (5, 6, 4)),
        (BatchNorm(zeros(4), zeros(4)), (6, 4), (6, 4)),
        (Dropout(), (4,), (4,)),
    ],
)
def test_what_each_operation_makes(operation: Operation, shape: Shape, made: Shape) -> None:
    assert output_shape(operation, [shape]) == made


@pytest.mark.parametrize(
    "operation", [Dense(zeros(3, 9), zeros(9)), conv(1, 1, 3, 9), depthwise(1, 1, 3, 2)]
)
def test_weights_for_other_channels_are_refused(operation: Operation) -> None:
    with pytest.raises(ModelFileError, match="weights for 3 input channels but gets 4"):
        output_shape(operation, [(5, 6, 4)])


def test_only_tensors_that_broadcast_are_combined() -> None:
    assert output_shape(Arithmetic(ArithmeticKind.ADD), [(5, 4), (5, 4)]) == (5, 4)
    assert output_shape(Arithmetic(ArithmeticKind.ADD), [(5, 1), (1, 4)]) == (5, 4)
    with pytest.raises(ModelFileError, match=r"combines tensors of the shapes \(5, 4\), \(4, 4\)"):
        output_shape(Arithmetic(ArithmeticKind.ADD), [(5, 4), (4, 4)])


def test_every_shape_has_height_width_and_channels() -> None:
    assert [spatial(shape) for shape in ((4,), (6, 4), (5, 6, 4))] == [
        *((1, 1, 4), (1, 6, 4), (5, 6, 4)),
    ]
    assert MAX_DIMENSIONS == 3
    assert spatial((2, 5, 6, 4)) == (10, 6, 4), "several images are one below the other"
    assert elements((5, 6, 4)) == 120
