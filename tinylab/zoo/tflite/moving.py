"""The TensorFlow Lite operators that move elements: padding, joining, slicing, transposing.

Dimensions are counted as in the file: with the batch, where a tensor has one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from tflite.ActivationFunctionType import ActivationFunctionType

from tinylab.zoo import rearranging
from tinylab.zoo.network import Shape, elements
from tinylab.zoo.operations import NO_PADDING, Concat, Convert, Pad, Padding, Slice, Transpose
from tinylab.zoo.tensor_type import WHOLE, Number, TensorType
from tinylab.zoo.tflite.graph import Graph
from tinylab.zoo.tflite.shaping import become, check
from tinylab.zoo.tflite.tensors import Operator

MOST = 3
"""Dimensions of a tensor."""
Range = rearranging.Range
OF_WHOLE = frozenset(
    {
        *("RESHAPE", "SQUEEZE", "EXPAND_DIMS", "CAST", "CONCATENATION", "PACK", "TRANSPOSE"),
        *("SLICE", "STRIDED_SLICE", "SPLIT", "SPLIT_V", "UNPACK", "TILE", "BROADCAST_TO"),
        *("REVERSE_V2", "MIRROR_PAD", "DEPTH_TO_SPACE", "SPACE_TO_DEPTH", "ASSIGN_VARIABLE"),
    }
)
"""Operators on the whole numbers that ARG_MAX makes; to others, these are floats."""


def _pad(graph: Graph, operator: Operator) -> None:
    source, full = operator.inputs[0], graph.full_shape(operator.inputs[0])
    pairs = np.reshape(graph.integers(operator.inputs[1]), (-1, 2)).tolist()
    value = _pad_value(graph, operator)
    batch = len(full) - len(graph.shape(source))
    sides = [(int(before), int(after)) for before, after in pairs]
    name = graph.name_of(source)
    if graph.is_wide(source) or any(map(any, sides[:batch])):
        name = rearranging.padded(graph.builder, name, full, sides, value)
    else:
        name = _padded(graph, name, sides[batch:], value)
    made = tuple(size + sum(pair) for size, pair in zip(full, sides, strict=True))
    become(graph, operator.output, name, made)


def _padded(graph: Graph, name: str, sides: Sequence[tuple[int, int]], value: float) -> str:
    """Padding of a layer's dimensions."""
    if any(map(any, sides[:-1])):
        name = _padded_positions(graph, name, sides[:-1], value)
    if any(sides[-1]):
        name = _padded_channels(graph, name, sides[-1], value)
    return name


def _pad_value(graph: Graph, operator: Operator) -> float:
    """The real number of the third input of PADV2."""
    if len(operator.inputs) < 3:
        return 0.0
    return graph.number(operator.inputs[2])


def _padded_positions(
    graph: Graph, name: str, sides: Sequence[tuple[int, int]], value: float
) -> str:
    """Padding of the dimensions before the last."""
    top, left = ((0, 0), *sides)[-2:]
    return graph.builder.add("zero_padding2d", Pad((top, left), value), name)


def _padded_channels(graph: Graph, name: str, pair: tuple[int, int], value: float) -> str:
    """Padding of the last dimension, as the width of an image of one channel."""
    shape = graph.builder.shapes[name]
    padding: Padding = (NO_PADDING[0], pair)
    image = graph.builder.reshape("reshape", name, (elements(shape[:-1]), shape[-1], 1))
    wide = graph.builder.add("channel_padding", Pad(padding, value), image)
    return graph.builder.reshape("reshape", wide, (*shape[:-1], shape[-1] + sum(pair)))


def _concatenation(graph: Graph, operator: Operator) -> None:
    fused = operator.options.FusedActivationFunction()
    check(fused == ActivationFunctionType.NONE, graph, operator, f"the fused activation {fused}")
    _join(graph, operator, [(tensor, None) for tensor in operator.inputs], operator.options.Axis())


def _pack(graph: Graph, operator: Operator) -> None:
    """Joins along a new dimension."""
    full = graph.full_shape(operator.inputs[0])
    axis = operator.options.Axis() % (len(full) + 1)
    shape = (*full[:axis], 1, *full[axis:])
    _join(graph, operator, [(tensor, shape) for tensor in operator.inputs], axis)


def _join(
    graph: Graph, operator: Operator, parts: Sequence[tuple[int, Shape | None]], axis: int
) -> None:
    """Joins tensors, each in a shape that counts the batch, None for its own."""
    computed = [tensor for tensor, _ in parts if not graph.is_constant(tensor)]
    wide = not computed or any(map(graph.is_wide, computed))
    if wide or _joins_batch(graph, computed[0], parts, axis):
        _join_any(graph, operator, parts, axis)
        return
    reader, made = computed[0], _joined_type(graph, operator)
    names, shapes = [], []
    for tensor, shape in parts:
        name = _in_type(graph, operator, graph.source(tensor, reader), made)
        batch = () if graph.is_flat(reader) else (1,)
        names.append(name)
        shapes.append(shape or (*batch, *graph.builder.shapes[name]))
    place = axis % len(shapes[0])
    kept = place > 0 and not graph.is_flat(reader)
    given = [shape[1:] if kept else shape for shape in shapes]
    for index, shape in enumerate(given):
        if graph.builder.shapes[names[index]] != shape:
            names[index] = graph.builder.reshape("reshape", names[index], shape)
    joined = graph.builder.add("concatenate", Concat(place - kept), *names, type=made)
    whole = graph.builder.shapes[joined]
    become(graph, operator.output, joined, (1, *whole) if kept else whole)


def _joined_type(graph: Graph, operator: Operator) -> TensorType:
    """Whole numbers that are all made by ARG_MAX stay what they are."""
    if all(graph.type_of(tensor).is_whole for tensor in operator.inputs):
        return WHOLE
    return graph.type_of(operator.output)


def _in_type(graph: Graph, operator: Operator, name: str, made: TensorType) -> str:
    """The layer `name`, or its conversion, as an input of a join of that type."""
    if graph.builder.types[name] == made:
        return name
    # LiteRT joins int16 as they are, whatever they represent; it refuses such int8 tensors.
    check(made.number is not Number.INT16, graph, operator, "int16 numbers of several scales")
    unsigned = graph.border_type(operator.output).number is Number.UINT8
    return graph.builder.add("convert", Convert(as_joined=unsigned), name, type=made)


def _joins_batch(
    graph: Graph, reader: int, parts: Sequence[tuple[int, Shape | None]], axis: int
) -> bool:
    """Whether layers have too few dimensions for what is joined."""
    shapes = [shape or graph.any_shape(tensor) for tensor, shape in parts]
    kept = axis % max(map(len, shapes)) > 0 and not graph.is_flat(reader)
    return max(map(len, shapes)) - kept > MOST


def _join_any(
    graph: Graph, operator: Operator, parts: Sequence[tuple[int, Shape | None]], axis: int
) -> None:
    """Tensors of any number of dimensions."""
    made, builder = _joined_type(graph, operator), graph.builder
    names, shapes = [], []
    for tensor, shape in parts:
        names.append(_in_type(graph, operator, graph.name_of(tensor), made))
        shapes.append(shape or graph.full_shape(tensor))
    place = axis % len(shapes[0])
    total = sum(shape[place] for shape in shapes)
    joined = rearranging.joined(builder, names, shapes, place)
    become(graph, operator.output, joined, (*shapes[0][:place], total, *shapes[0][place + 1 :]))


def _transpose(graph: Graph, operator: Operator) -> None:
    source, full = operator.inputs[0], graph.full_shape(operator.inputs[0])
    axes = tuple(axis % len(full) for axis in graph.integers(operator.inputs[1]))
    name = graph.name_of(source)
    made = tuple(full[axis] for axis in axes)
    long = [axis for axis in axes if full[axis] > 1]
    if long == sorted(long):
        become(graph, operator.output, name, made)
        return
    if not graph.is_flat(source) and not graph.is_wide(source) and axes[0] == 0:
        axes = tuple(axis - 1 for axis in axes[1:])
    elif len(full) <= MOST:
        name = graph.builder.reshape_to(name, full)
    else:
        become(graph, operator.output, rearranging.permuted(graph.builder, name, full, axes), made)
        return
    become(graph, operator.output, graph.builder.add("transpose", Transpose(axes), name), made)


def _take(graph: Graph, operator: Operator, ranges: Sequence[Range]) -> str:
    """The layer that takes `ranges` of the operator's first computed input."""
    source = next(one for one in operator.inputs if not graph.is_constant(one))
    name = graph.name_of(source)
    if graph.is_wide(source):
        return rearranging.taken(graph.builder, name, graph.full_shape(source), ranges)
    if not graph.is_flat(source):
        check(ranges[0][:2] == (0, 1), graph, operator, "a part of the batch")
        ranges = ranges[1:]
    begin, size, step = (tuple(part) for part in zip(*ranges, strict=True))
    if size == graph.builder.shapes[name] and all(one == 1 for one in step):
        return name
    return graph.builder.add("slice", Slice(begin, size, step), name)


def _slice(graph: Graph, operator: Operator) -> None:
    full = graph.full_shape(operator.inputs[0])
    begins, sizes = graph.integers(operator.inputs[1]), graph.integers(operator.inputs[2])
    ranges = [
        (begin, length - begin if size < 0 else size, 1)
        for length, begin, size in zip(full, begins, sizes, strict=True)
    ]
    name = _take(graph, operator, ranges)
    become(graph, operator.output, name, tuple(one[1] for one in ranges))


def _strided_slice(graph: Graph, operator: Operator) -> None:
    """As Python slices; a bit of a mask stands for one of the places."""
    full, options = graph.full_shape(operator.inputs[0]), operator.options
    begins, ends, steps = (graph.integers(tensor) for tensor in operator.inputs[1:4])
    ranges: list[Range] = []
    kept: list[int] = []
    for place in _places(options, len(begins), len(full)):
        if place is not None and place in _bits(options.NewAxisMask()):
            kept.append(1)
            continue
        length = full[len(ranges)]
        if place is None:
            ranges.append((0, length, 1))
            kept.append(length)
        elif place in _bits(options.ShrinkAxisMask()):
            ranges.append((begins[place] % length, 1, 1))
        else:
            begin = None if place in _bits(options.BeginMask()) else begins[place]
            end = None if place in _bits(options.EndMask()) else ends[place]
            taken = range(*slice(begin, end, steps[place]).indices(length))
            check(len(taken) > 0, graph, operator, "no elements")
            ranges.append((taken[0], len(taken), taken.step))
            kept.append(len(taken))
    name = _take(graph, operator, ranges)
    become(graph, operator.output, name, tuple(kept))


def _bits(mask: int) -> set[int]:
    return {bit for bit in range(mask.bit_length()) if mask >> bit & 1}


def _places(options: Any, count: int, rank: int) -> list[int | None]:
    """For each dimension, and each new one, its place of `count`; None for a whole dimension.

    An ellipsis stands for the dimensions that no other place has.
    """
    ellipsis = _bits(options.EllipsisMask())
    new = _bits(options.NewAxisMask()) - ellipsis
    whole = [None] * (rank - sum(place not in ellipsis | new for place in range(count)))
    places: list[int | None] = []
    for place in range(count):
        places += whole if place in ellipsis else [place]
    return places if ellipsis else [*places, *whole]


def _split(graph: Graph, operator: Operator) -> None:
    axis, source = operator.inputs
    (place,) = graph.integers(axis)
    full = graph.full_shape(source)
    count = len(operator.outputs)
    _parts(graph, operator, place % len(full), [full[place] // count] * count)


def _split_sizes(graph: Graph, operator: Operator) -> None:
    source, sizes, axis = operator.inputs
    (place,) = graph.integers(axis)
    full = graph.full_shape(source)
    listed = list(graph.integers(sizes))
    rest = full[place] - sum(size for size in listed if size >= 0)
    _parts(graph, operator, place % len(full), [rest if size < 0 else size for size in listed])


def _unpack(graph: Graph, operator: Operator) -> None:
    full = graph.full_shape(operator.inputs[0])
    axis = operator.options.Axis() % len(full)
    _parts(graph, operator, axis, [1] * full[axis], drop=True)


def _parts(
    graph: Graph, operator: Operator, axis: int, sizes: Sequence[int], *, drop: bool = False
) -> None:
    """Each output is the next part along `axis`, which may then be dropped."""
    source = next(one for one in operator.inputs if not graph.is_constant(one))
    full, begin = graph.full_shape(source), 0
    for tensor, size in zip(operator.outputs, sizes, strict=True):
        ranges = [
            (begin, size, 1) if at == axis else (0, length, 1) for at, length in enumerate(full)
        ]
        made = (*full[:axis], *(() if drop else (size,)), *full[axis + 1 :])
        become(graph, tensor, _take(graph, operator, ranges), made)
        begin += size


KINDS: Mapping[str, Callable[[Graph, Operator], None]] = {
    "PAD": _pad,
    "PADV2": _pad,
    "CONCATENATION": _concatenation,
    "PACK": _pack,
    "TRANSPOSE": _transpose,
    "SLICE": _slice,
    "STRIDED_SLICE": _strided_slice,
    "SPLIT": _split,
    "SPLIT_V": _split_sizes,
    "UNPACK": _unpack,
}
"""Each defines its outputs."""
