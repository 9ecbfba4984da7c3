"""Small .tflite files of operators that move, compare or reduce elements, or compute functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.fakes.tflite.files import Op, Tensor, model
from tests.fakes.tflite.operators import (
    FLOAT,
    Shape,
    constant,
    fused,
    integers,
    like,
    one,
    tensor,
)

Random = np.random.Generator
FUNCTIONS = (
    *("NEG", "ABS", "SIGN", "SQUARE", "SQRT", "RSQRT", "LOG", "EXP", "SIN", "COS"),
    *("FLOOR", "CEIL", "ROUND", "LOG_SOFTMAX"),
)
"""Functions of floats; the roots and the logarithm get numbers above 0."""
POSITIVE = ("SQRT", "RSQRT", "LOG", "POW")
INTEGER_FUNCTIONS = ("ABS", "EXP", "LOG", "RSQRT")
"""Those of int8 tensors too."""


def function(random: Random, kind: str) -> bytes:
    """Of floats: a square before the functions of numbers above 0."""
    tensors = [Tensor((1, 5, 60)), Tensor((1, 5, 60)), Tensor((1, 5, 60))]
    first = "SQUARE" if kind in POSITIVE else "RELU_N1_TO_1" if kind == "EXP" else "NEG"
    return model(tensors, [Op(first, [0], [1]), Op(kind, [1], [2])], [0], [2])


def integer_function(random: Random, kind: str) -> bytes:
    """Of all int8 elements; RSQRT has none below its zero point."""
    given = tensor(random, (1, 300), "int8")
    if kind == "RSQRT":
        given.zero_points = [-128]
    if random.integers(2) and kind == "ABS":
        return one(Op(kind, [0], [1]), given, like(given, (1, 300)))
    return one(Op(kind, [0], [1]), given, tensor(random, (1, 300), "int8", 0.2))


def pair(random: Random, kind: str, dtype: str, shapes: Sequence[Shape], known: int) -> bytes:
    """Two tensors; for comparisons, rounded ones whose result chooses one of them."""
    made = tuple(np.broadcast_shapes(*shapes))
    options = schema.DivOptionsT() if kind == "DIV" else None
    given = [
        constant(random, shape, dtype) if index == known else tensor(random, shape, dtype)
        for index, shape in enumerate(shapes)
    ]
    return one(Op(kind, [0, 1], [2], options), *given, tensor(random, made, dtype, 0.3))


def power(exponent: float) -> bytes:
    tensors = [Tensor((1, 9)), Tensor((1, 9)), number(exponent), Tensor((1, 9))]
    return model(tensors, [Op("SQUARE", [0], [1]), Op("POW", [1, 2], [3])], [0], [3])


def number(value: float) -> Tensor:
    return Tensor.constant(np.array(value, np.float32))


COMPARISONS = ("LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL", "EQUAL", "NOT_EQUAL")
CONDITIONS = ("LOGICAL_AND", "LOGICAL_OR", "LOGICAL_NOT", "CAST")


def selection(kind: str, select: str = "SELECT_V2") -> bytes:
    """`kind` of rounded numbers and 1 chooses between them and a constant."""
    shape = (1, 4, 30)
    tensors = [Tensor(shape), Tensor(shape), Tensor((), values=np.array(1.0, np.float32))]
    tensors += [Tensor(shape, "bool"), constant(np.random.default_rng(3), (1, 4, 30), FLOAT)]
    tensors += [Tensor(shape)]
    ops = [Op("FLOOR", [0], [1]), Op(kind, [1, 2], [3]), Op(select, [3, 1, 4], [5])]
    return model(tensors, ops, [0], [5])


def condition(kind: str) -> bytes:
    """`kind` of two comparisons, as floats."""
    shape = (1, 40)
    tensors = [Tensor(shape), number(0.5), number(-0.5)]
    tensors += [*(Tensor(shape, "bool") for _ in range(3)), Tensor(shape)]
    own = Op(kind, [3] if kind in ("LOGICAL_NOT", "CAST") else [3, 4], [5])
    ops = [Op("LESS", [0, 1], [3]), Op("LESS", [2, 0], [4]), own]
    ops.append(Op("CAST", [5], [6], schema.CastOptionsT()))
    return model(tensors, ops, [0], [6])


def whole_numbers() -> bytes:
    """Floats become whole numbers, to which one is added; then a table is looked up."""
    tensors = [Tensor((1, 6)), Tensor((1, 6), "int32"), integers(1), Tensor((1, 6), "int32")]
    tensors += [constant(np.random.default_rng(1), (5, 3), FLOAT), integers(3)]
    tensors += [Tensor((1, 6), "int32"), Tensor((1, 6), "int32"), Tensor((1, 6, 3))]
    gather = schema.GatherOptionsT()
    ops = [
        Op("CAST", [0], [1], schema.CastOptionsT()),
        Op("ABS", [1], [3]),
        Op("ADD", [3, 2], [6], schema.AddOptionsT()),
        Op("MINIMUM", [6, 5], [7], schema.MaximumMinimumOptionsT()),
        Op("GATHER", [4, 7], [8], gather),
    ]
    return model(tensors, ops, [0], [8])


def tile(random: Random, dtype: str, shape: Shape, counts: Sequence[int]) -> bytes:
    given = tensor(random, shape, dtype)
    made = tuple(n * count for n, count in zip(shape, counts, strict=True))
    return one(Op("TILE", [0, 1], [2]), given, integers(*counts), like(given, made))


def broadcast(random: Random, dtype: str, shape: Shape, made: Shape) -> bytes:
    given = tensor(random, shape, dtype)
    return one(Op("BROADCAST_TO", [0, 1], [2]), given, integers(*made), like(given, made))


def gather(random: Random, dtype: str, places: Any, axis: int) -> bytes:
    """Of (1, 6, 5, 4) at constant places."""
    options = schema.GatherOptionsT()
    options.axis = axis
    given, chosen = tensor(random, (1, 6, 5, 4), dtype), np.array(places, np.int32)
    made = np.take(np.empty(given.shape), chosen, axis).shape
    op = Op("GATHER", [0, 1], [2], options)
    return one(op, given, Tensor.constant(chosen), like(given, made))


def reverse(random: Random, dtype: str, axis: int) -> bytes:
    given = tensor(random, (1, 6, 5, 4), dtype)
    return one(Op("REVERSE_V2", [0, 1], [2]), given, integers(axis), like(given, given.shape))


def mirror_pad(random: Random, dtype: str, mode: str, pairs: Sequence[Sequence[int]]) -> bytes:
    options = schema.MirrorPadOptionsT()
    options.mode = getattr(schema.MirrorPadMode, mode)
    given = tensor(random, (1, 4, 5, 3), dtype)
    made = tuple(n + sum(pair) for n, pair in zip(given.shape, pairs, strict=True))
    op = Op("MIRROR_PAD", [0, 1], [2], options)
    return one(op, given, integers(*pairs), like(given, made))


def depth(random: Random, dtype: str, kind: str) -> bytes:
    """Blocks of two by two."""
    options: Any = schema.DepthToSpaceOptionsT()
    shape, made = (1, 3, 5, 12), (1, 6, 10, 3)
    if kind == "SPACE_TO_DEPTH":
        options, shape, made = schema.SpaceToDepthOptionsT(), made, shape
    options.blockSize = 2
    given = tensor(random, shape, dtype)
    return one(Op(kind, [0], [1], options), given, like(given, made))


def least(shape: Shape, axes: Sequence[int], *, keep: bool) -> bytes:
    options = schema.ReducerOptionsT()
    options.keepDims = keep
    made = tuple(1 if at in axes else n for at, n in enumerate(shape) if keep or at not in axes)
    op = Op("REDUCE_MIN", [0, 1], [2], options)
    return one(op, Tensor(shape), integers(*axes), Tensor(made))


def normalised(shape: Shape) -> bytes:
    options = schema.L2NormOptionsT()
    return one(Op("L2_NORMALIZATION", [0], [1], options), Tensor(shape), Tensor(shape))


def add_all(random: Random) -> bytes:
    tensors = [*(Tensor((1, 3, 4)) for _ in range(2)), constant(random, (1, 3, 4), FLOAT)]
    return one(Op("ADD_N", [0, 1, 2], [3], schema.AddNOptionsT()), *tensors, Tensor((1, 3, 4)))


def in_blocks(random: Random, dtype: str, kind: str, block: Shape, *, height: bool) -> bytes:
    """A convolution between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND, as an image or a signal.

    A signal is without its height outside of the convolution.
    """
    options: Any = schema.Conv2DOptionsT()
    kernel: Shape = (3, 1, 2, 4)
    if height:
        kernel = (3, 3, 2, 4)
    if kind == "DEPTHWISE_CONV_2D":
        options, kernel = schema.DepthwiseConv2DOptionsT(), (1, *kernel[1:3], 4)
        options.depthMultiplier = 1
    options.strideH = options.strideW = options.dilationHFactor = options.dilationWFactor = 1
    options.padding, options.fusedActivationFunction = schema.Padding.VALID, fused("RELU")
    outputs = kernel[3] if kind == "DEPTHWISE_CONV_2D" else kernel[0]
    sizes = (9, 10) if height else (10,)
    pads = [[1, -(n + 1) % b] for n, b in zip(sizes, block, strict=True)]
    wide = tuple(n + sum(p) for n, p in zip(sizes, pads, strict=True))
    parts = tuple(n // b for n, b in zip(wide, block, strict=True))
    batches = int(np.prod(block))
    seen = tuple(n - k + 1 for n, k in zip(parts, kernel[1:3] if height else (2,), strict=True))
    crops = [[1, 0]] * len(sizes)
    made = tuple(n * b - 1 for n, b in zip(seen, block, strict=True))
    given = tensor(random, (1, *sizes, 4), dtype, 0.03)
    weights = constant(random, kernel, dtype, 0.02)
    weights.zero_points = [] if dtype == FLOAT else [0]
    bias = Tensor.constant(random.uniform(-1, 1, outputs).astype(np.float32))
    if dtype != FLOAT:
        steps = random.integers(-900, 900, outputs).astype(np.int32)
        bias = Tensor.constant(steps, scales=[0.03 * weights.scales[0]])
    filtered = tensor(random, (batches, *seen, outputs), dtype, 0.1)
    image = (lambda shape: shape) if height else (lambda shape: (shape[0], 1, *shape[1:]))
    tensors = [
        given, integers(*block), integers(*pads), integers(*crops), weights, bias, integers(1),
        like(given, (batches, *parts, 4)), like(given, image((batches, *parts, 4))),
        like(filtered, image((batches, *seen, outputs))), filtered,
        like(filtered, (1, *made, outputs)), integers(batches, *seen, outputs),
    ]  # fmt: skip
    ops = [
        Op("SPACE_TO_BATCH_ND", [0, 1, 2], [7]),
        *([] if height else [Op("EXPAND_DIMS", [7, 6], [8])]),
        Op(kind, [7 if height else 8, 4, 5], [10 if height else 9], options),
        *([] if height else [Op("RESHAPE", [9, 12], [10], schema.ReshapeOptionsT())]),
        Op("BATCH_TO_SPACE_ND", [10, 1, 3], [11]),
    ]
    return model(tensors, ops, [0], [11])


def wide_transpose(random: Random, dtype: str, axes: Sequence[int]) -> bytes:
    """(1, 4, 30) as five dimensions, transposed, a part taken, and added to itself."""
    parts = (1, 4, 5, 2, 3)
    given = tensor(random, (1, 4, 30), dtype)
    moved = tuple(parts[axis] for axis in axes)
    part = (*moved[:-1], 1)
    tensors = [given, integers(*parts), like(given, parts), integers(*axes), like(given, moved)]
    tensors += [integers(0, 0, 0, 0, 1), integers(*part), like(given, part)]
    tensors += [tensor(random, moved, dtype, 0.2)]
    ops = [
        Op("RESHAPE", [0, 1], [2], schema.ReshapeOptionsT()),
        Op("TRANSPOSE", [2, 3], [4], schema.TransposeOptionsT()),
        Op("SLICE", [4, 5, 6], [7], schema.SliceOptionsT()),
        Op("ADD", [4, 7], [8], schema.AddOptionsT()),
    ]
    return model(tensors, ops, [0], [8])


def constants() -> bytes:
    """A weight matrix that is made of constants, and a constant that goes through layers."""
    dense = schema.FullyConnectedOptionsT()
    dense.fusedActivationFunction = fused("RELU")
    random = np.random.default_rng(1)
    tensors = [
        Tensor((1, 6)),
        constant(random, (2, 12), FLOAT),
        integers(4, 6),
        Tensor((4, 6)),
        number(0.5),
        Tensor((4, 6)),
        Tensor((1, 4)),
        integers(1, 6),
        Tensor((1, 6)),
        Tensor((1, 4)),
        Tensor((1, 4)),
    ]
    ops = [
        Op("RESHAPE", [1, 2], [3], schema.ReshapeOptionsT()),
        Op("MUL", [3, 4], [5], schema.MulOptionsT()),
        Op("FULLY_CONNECTED", [0, 5, -1], [6], dense),
        Op("FILL", [7, 4], [8], schema.FillOptionsT()),
        Op("FULLY_CONNECTED", [8, 5, -1], [9], dense),
        Op("ADD", [6, 9], [10], schema.AddOptionsT()),
    ]
    return model(tensors, ops, [0], [10])


ON_WIDE = ("FULLY_CONNECTED", "PAD", "PAD of the batch")


def on_wide(random: Random, dtype: str, kind: str, shape: Shape) -> bytes:
    """(1, elements) as a tensor of many dimensions, then `kind`."""
    given = tensor(random, (1, int(np.prod(shape))), dtype, 0.03)
    wide = like(given, shape)
    become = Op("RESHAPE", [0, 1], [2], schema.ReshapeOptionsT())
    if kind == "FULLY_CONNECTED":
        options = schema.FullyConnectedOptionsT()
        options.keepNumDims = True
        weights = constant(random, (6, shape[-1]), "int8" if dtype == "int16" else dtype, 0.02)
        weights.zero_points = [] if dtype == FLOAT else [120 if dtype == "uint8" else 0]
        made = tensor(random, (*shape[:-1], 6), dtype, 0.1)
        dense = Op(kind, [2, 3, -1], [4], options)
        return model([given, integers(*shape), wide, weights, made], [become, dense], [0], [4])
    pairs = [[int(kind != "PAD"), 0], *([index % 2, 1] for index in range(1, len(shape)))]
    made = like(given, tuple(n + sum(pair) for n, pair in zip(shape, pairs, strict=True)))
    pad = Op("PAD", [2, 3], [4], schema.PadOptionsT())
    tensors = [given, integers(*shape), wide, integers(*pairs), made]
    return model(tensors, [become, pad], [0], [4])


def place_in_wide(random: Random, shape: Shape, axis: int) -> bytes:
    """(1, elements) as a tensor of many dimensions, then the place of the greatest along one."""
    given = tensor(random, (1, int(np.prod(shape))), "int8")
    options = schema.ArgMaxOptionsT()
    options.outputType = schema.TensorType.INT32
    made = Tensor(tuple(np.delete(shape, axis).tolist()), "int32")
    ops = [
        Op("RESHAPE", [0, 1], [2], schema.ReshapeOptionsT()),
        Op("ARG_MAX", [2, 3], [4], options),
    ]
    return model([given, integers(*shape), like(given, shape), integers(axis), made], ops, [0], [4])


def expanded_number(random: Random) -> bytes:
    """The greatest of all elements, a number without dimensions, gets one."""
    given = tensor(random, (1, 5), "int8")
    tensors = [given, integers(0, 1), like(given, ()), integers(0), like(given, (1,))]
    ops = [
        Op("REDUCE_MAX", [0, 1], [2], schema.ReducerOptionsT()),
        Op("EXPAND_DIMS", [2, 3], [4], schema.ExpandDimsOptionsT()),
    ]
    return model(tensors, ops, [0], [4])


WHOLE_READERS = ("ADD", "LESS", "MEAN", "GATHER", "PAD")


def places_read(random: Random, kind: str) -> bytes:
    """`kind` of the places that ARG_MAX makes of (1, 4, 6), as floats; beside it these places,
    twice."""
    options, packing = schema.ArgMaxOptionsT(), schema.PackOptionsT()
    options.outputType = schema.TensorType.INT32
    packing.axis, packing.valuesCount = 1, 2
    reducing = schema.ReducerOptionsT()
    reducing.keepDims = True
    table = constant(random, (6, 3), FLOAT)
    others = {
        "ADD": ([3, 4], integers(7), (1, 4), schema.AddOptionsT()),
        "LESS": ([4, 3], integers(3), (1, 4), None),
        "MEAN": ([3, 4], integers(1), (1, 1), reducing),
        "GATHER": ([4, 3], table, (1, 4, 3), schema.GatherOptionsT()),
        "PAD": ([3, 4], integers([0, 0], [1, 2]), (1, 7), schema.PadOptionsT()),
    }
    inputs, other, made, own = others[kind]
    dtype = {"LESS": "bool", "GATHER": FLOAT}.get(kind, "int32")
    tensors = [tensor(random, (1, 4, 6), "int8"), integers(2), Tensor((1, 2, 4), "int32")]
    tensors += [Tensor((1, 4), "int32"), other, Tensor(made, dtype), Tensor(made)]
    ops = [
        Op("ARG_MAX", [0, 1], [3], options),
        Op(kind, inputs, [5], own),
        Op("PACK", [3, 3], [2], packing),
        Op("CAST", [5], [6], schema.CastOptionsT()),
    ]
    return model(tensors, ops, [0], [6, 2])


def wide_condition() -> bytes:
    """Floats of many dimensions, the network's input, as conditions, and as floats again."""
    shape = (1, 2, 3, 2, 2)
    tensors = [Tensor(shape), Tensor(shape, "bool"), Tensor(shape)]
    ops = [Op("CAST", [0], [1], schema.CastOptionsT()), Op("CAST", [1], [2], schema.CastOptionsT())]
    return model(tensors, ops, [0], [2])
