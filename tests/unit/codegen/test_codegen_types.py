"""What the readers accept by the types of tensors is what has a kernel and a reference."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

from tinylab.codegen.layers.choice import KERNELS, does_nothing, kernel_for
from tinylab.codegen.layers.kernel import Operand, Request
from tinylab.errors import GenerationError
from tinylab.zoo.checks import type_rules
from tinylab.zoo.execution.integer import execute
from tinylab.zoo.network import Layer, Shape
from tinylab.zoo.operations import (
    NO_PADDING,
    Activate,
    Arithmetic,
    ArithmeticKind,
    BatchNorm,
    Clip,
    Concat,
    Constant,
    Conv,
    Convert,
    Corners,
    Dense,
    DepthwiseConv,
    Dropout,
    Function,
    GlobalPool,
    Operation,
    Pad,
    Pool,
    PoolKind,
    Reshape,
    Resize,
    Slice,
    Transpose,
    TransposeConv,
    WeightQuantization,
)
from tinylab.zoo.shapes import output_shape
from tinylab.zoo.tensor_type import FLOAT, Array, Number, TensorType

SHAPE = (4, 5, 3)
TYPES = (
    FLOAT,
    TensorType(Number.INT8, 0.1, 3),
    TensorType(Number.INT8, 1 / 256, -128),
    TensorType(Number.INT8),
    TensorType(Number.UINT8, 0.1, 131),
    TensorType(Number.INT16, 0.1, 0),
)
UNIT = (1, 1)


def weights(shape: Shape, quantised: bool) -> tuple[Array, Array, WeightQuantization | None]:
    """A kernel, a bias of two outputs, and what they represent."""
    if not quantised:
        return np.ones(shape, np.float32), np.zeros(2, np.float32), None
    scales = WeightQuantization(np.ones(2, np.float32), np.zeros(2, np.int32))
    return np.ones(shape, np.int8), np.zeros(2, np.int32), scales


def operations() -> Iterator[Operation]:
    for quantised in (False, True):
        kernel, bias, scales = weights((3, 2), quantised)
        yield Dense(kernel, bias, scales)
        kernel, bias, scales = weights((2, 2, 3, 2), quantised)
        yield Conv(kernel, bias, UNIT, NO_PADDING, quantization=scales)
        yield Conv(kernel, bias, UNIT, NO_PADDING, quantization=scales, dilation=(2, 1))
        yield TransposeConv(kernel, bias, UNIT, (0, 0), (5, 6), scales)
        kernel, bias, scales = weights((2, 2, 3, 2), quantised)
        bias = np.zeros(6, bias.dtype)
        per_tensor = scales and WeightQuantization(scales.scales[:1], scales.zero_points[:1])
        yield DepthwiseConv(kernel, bias, UNIT, NO_PADDING, quantization=per_tensor)
    for kind in (PoolKind.MAX, PoolKind.AVERAGE):
        yield Pool(kind, (2, 2), UNIT, NO_PADDING)
    yield from (GlobalPool(kind) for kind in PoolKind)
    yield from (Activate(function) for function in Function)
    yield from (Arithmetic(kind) for kind in ArithmeticKind)
    yield from (Clip(0.0, 1.0), Concat(1), Transpose((1, 0, 2)), Reshape(), Convert(), Dropout())
    yield Slice((0, 0, 0), (1, 2, 3), (1, 1, 1))
    yield Resize((7, 6), True, Corners.CENTRED)
    yield Resize((7, 6), False, Corners.CENTRED)
    yield Pad(((1, 1), (0, 0)))
    yield BatchNorm(np.ones(3, np.float32), np.ones(3, np.float32))


@pytest.mark.parametrize("operation", list(operations()), ids=lambda one: type(one).__name__)
def test_rules_kernels_and_reference_agree(operation: Operation) -> None:
    for given, made in product(TYPES, TYPES):
        types = [given] * (2 if isinstance(operation, Arithmetic | Concat) else 1)
        shapes = [SHAPE] * len(types)
        shape = SHAPE if isinstance(operation, Reshape) else output_shape(operation, shapes)
        if not type_rules.are_supported(operation, types, made):
            assert not has_kernel(operation, types, made, shape), (operation, given, made)
            continue
        if not does_nothing(operation):
            assert has_kernel(operation, types, made, shape), (operation, given, made)
        if any(not one.is_float for one in (given, made)):
            layer = Layer("it", operation, ("a", "b")[: len(types)], shape, made)
            inputs = [np.ones((1, *SHAPE), given.number.dtype)] * len(types)
            assert execute.run_layer(layer, inputs, types).dtype == made.number.dtype


def has_kernel(
    operation: Operation, types: list[TensorType], made: TensorType, shape: Shape
) -> bool:
    if does_nothing(operation):
        return False
    inputs = tuple(Operand(SHAPE, one) for one in types)
    try:
        kernel_for(Request(operation, inputs, Operand(shape, made)))
    except (GenerationError, AssertionError):
        return False
    return True


def test_every_kind_has_a_rule() -> None:
    assert set(type_rules.RULES) | {Constant} == set(KERNELS)
