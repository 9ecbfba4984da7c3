"""How the elements of tensors that broadcast are passed through, and how a tensor is cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tinylab.codegen.layers.kernel import Value
from tinylab.zoo.network import Shape

DIMENSIONS = 3
NAMES = ("plane", "row", "column")


def strides(shape: Shape) -> tuple[int, ...]:
    """Elements from one to the next, along each dimension."""
    made = [1]
    for size in reversed(shape[1:]):
        made.append(made[-1] * size)
    return tuple(reversed(made))


def grid(sizes: Shape, steps: Mapping[str, Sequence[int]]) -> Mapping[str, Value]:
    """A loop over at most three dimensions, with the steps of each tensor: C's fields.

    Dimensions that all tensors pass through as one are joined, so that the innermost is long.
    """
    joined: list[tuple[int, tuple[int, ...]]] = []
    for size, *taken in zip(sizes, *steps.values(), strict=True):
        if size == 1:
            continue
        if joined and all(
            before == size * step for before, step in zip(joined[-1][1], taken, strict=True)
        ):
            joined[-1] = (joined[-1][0] * size, tuple(taken))
        else:
            joined.append((size, tuple(taken)))
    nothing = (1, (0,) * len(steps))
    loops = [*[nothing] * (DIMENSIONS - len(joined)), *joined]
    fields: dict[str, Value] = {
        f"{name}s": size for name, (size, _) in zip(NAMES, loops, strict=True)
    }
    for index, tensor in enumerate(steps):
        prefix = f"{tensor}_" if tensor else ""
        for name, (_, taken_steps) in zip(NAMES, loops, strict=True):
            fields[f"{prefix}{name}"] = taken_steps[index]
    return fields


def broadcast(shape: Shape, made: Shape) -> tuple[int, ...]:
    """The steps of a tensor of `shape` while elements of `made` are passed through."""
    return tuple(
        0 if size == 1 and most > 1 else stride
        for size, most, stride in zip(shape, made, strides(shape), strict=True)
    )
