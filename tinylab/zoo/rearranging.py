"""Moves of elements of tensors of any number of dimensions, by layers of at most three.

Each takes the output of a layer as a tensor of the shape `full`, which has as many elements, and
returns the name of a layer with the result's elements. Dimensions that stay together are one.
"""

from __future__ import annotations

from collections.abc import Sequence

from tinylab.errors import ModelFileError
from tinylab.zoo.builder import Builder
from tinylab.zoo.network import Shape, elements
from tinylab.zoo.operations import NO_PADDING, Concat, Pad, Repeat, Slice, Transpose
from tinylab.zoo.shapes import MAX_DIMENSIONS

Range = tuple[int, int, int]
"""Of one dimension: first element, number of elements, step."""
MOST_RUNS = 64
"""Parts that are joined for elements at irregular places."""


def permuted(builder: Builder, name: str, full: Shape, axes: Sequence[int]) -> str:
    """Dimension i of the result is dimension `axes[i]`."""
    groups = _runs([axis for axis in axes if full[axis] > 1], full)
    stored = sorted(groups)
    order = [stored.index(group) for group in groups]
    sizes = [elements(tuple(full[axis] for axis in group)) for group in stored]
    if len(sizes) <= MAX_DIMENSIONS:
        return _transposed(builder, name, tuple(sizes), order)
    for chosen in reversed(range(len(order))):
        # Each dimension in turn becomes the first: the last of the result begins.
        place = order[chosen]
        parts = sizes[:place], sizes[place : place + 1], sizes[place + 1 :]
        before, own, after = (elements(tuple(part)) for part in parts)
        name = _transposed(builder, name, (before, own, after), (1, 0, 2))
        sizes = [*parts[1], *parts[0], *parts[2]]
        order = [at + 1 if at < place else 0 if at == place else at for at in order]
    return name


def _runs(axes: Sequence[int], full: Shape) -> list[tuple[int, ...]]:
    """Axes in groups that follow each other as they are in memory."""
    groups: list[tuple[int, ...]] = []
    for axis in axes:
        last = groups[-1][-1] if groups else axis
        between = full[last + 1 : axis]
        if groups and last < axis and all(size == 1 for size in between):
            groups[-1] = (*groups[-1], axis)
        else:
            groups.append((axis,))
    return groups


def _transposed(builder: Builder, name: str, sizes: Shape, order: Sequence[int]) -> str:
    long = [axis for axis, size in enumerate(sizes) if size > 1]
    kept = [long.index(axis) for axis in order if axis in long]
    if kept == sorted(kept):
        return name
    source = builder.reshape_to(name, tuple(sizes[axis] for axis in long))
    return builder.add("transpose", Transpose(tuple(kept)), source)


def taken(builder: Builder, name: str, full: Shape, ranges: Sequence[Range]) -> str:
    """A part of each dimension."""
    sizes = list(full)
    for axis, (begin, size, step) in enumerate(ranges):
        if (begin, size, step) == (0, full[axis], 1):
            continue
        outer, inner = elements(tuple(sizes[:axis])), elements(tuple(sizes[axis + 1 :]))
        source = builder.reshape_to(name, (outer, full[axis], inner))
        operation = Slice((0, begin, 0), (outer, size, inner), (1, step, 1))
        name, sizes[axis] = builder.add("slice", operation, source), size
    return name


def joined(builder: Builder, names: Sequence[str], fulls: Sequence[Shape], axis: int) -> str:
    """Along one dimension."""
    outer = elements(fulls[0][:axis])
    parts = [
        builder.reshape_to(name, (outer, elements(full[axis:])) if outer > 1 else (elements(full),))
        for name, full in zip(names, fulls, strict=True)
    ]
    return builder.add("concatenate", Concat(int(outer > 1)), *parts)


def repeated(builder: Builder, name: str, full: Shape, counts: Sequence[int]) -> str:
    """Each dimension as often as its count says, one copy after another."""
    sizes = list(full)
    for axis, count in reversed(tuple(enumerate(counts))):
        if count == 1:
            continue
        outer, inner = elements(tuple(sizes[:axis])), elements(tuple(sizes[axis:]))
        source = builder.reshape_to(name, (outer, 1, inner))
        name = builder.add("repeat", Repeat((outer, count, inner)), source)
        sizes[axis] *= count
    return name


def padded(
    builder: Builder,
    name: str,
    full: Shape,
    pairs: Sequence[tuple[int, int]],
    value: float = 0.0,
) -> str:
    """With a number before and after the elements of each dimension."""
    sizes = list(full)
    for axis, pair in enumerate(pairs):
        if not any(pair):
            continue
        outer, inner = elements(tuple(sizes[:axis])), elements(tuple(sizes[axis + 1 :]))
        source = builder.reshape_to(name, (outer, sizes[axis], inner))
        name = builder.add("pad", Pad((NO_PADDING[0], pair), value), source)
        sizes[axis] += sum(pair)
    return name


def chosen(builder: Builder, name: str, full: Shape, axis: int, places: Sequence[int]) -> str:
    """Elements at any places of one dimension. Raises ModelFileError if they make many parts."""
    runs = _regular(places)
    if len(runs) > MOST_RUNS:
        raise ModelFileError(
            f"takes elements at {len(places)} irregular places", remedy="Take them in order."
        )
    whole: list[Range] = [(0, size, 1) for size in full]
    parts = [taken(builder, name, full, [*whole[:axis], run, *whole[axis + 1 :]]) for run in runs]
    if len(parts) == 1:
        return parts[0]
    return joined(
        builder, parts, [(*full[:axis], size, *full[axis + 1 :]) for _, size, _ in runs], axis
    )


def _regular(places: Sequence[int]) -> list[Range]:
    """Places at equal distances, as few parts as it takes."""
    runs: list[Range] = []
    for place in places:
        begin, size, step = runs[-1] if runs else (0, 0, 1)
        if size == 1 and place != begin:
            runs[-1] = (begin, 2, place - begin)
        elif size > 1 and place == begin + size * step:
            runs[-1] = (begin, size + 1, step)
        else:
            runs.append((place, 1, 1))
    return runs
