"""Operations that move elements, and those that resize images."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Concat:
    """Joins inputs, all of the output's type, along `axis`."""

    axis: int


@dataclass(frozen=True)
class Transpose:
    """Output dimension i is the input's dimension `axes[i]`."""

    axes: tuple[int, ...]


@dataclass(frozen=True)
class Slice:
    """`x[begin], x[begin + step] ...`, `size` elements; all three for each dimension."""

    begin: tuple[int, ...]
    size: tuple[int, ...]
    step: tuple[int, ...]


@dataclass(frozen=True)
class Repeat:
    """The input as often as it takes: its dimensions of 1 become those of `shape`."""

    shape: tuple[int, ...]


class Corners(StrEnum):
    """Where the outer pixels of both images of a resizing lie."""

    TOP_LEFT = "top_left"
    """The corners of the first pixels agree."""
    ALIGNED = "aligned"
    """The centres of the first and of the last pixels agree."""
    CENTRED = "centred"
    """The images cover the same area."""


@dataclass(frozen=True)
class Resize:
    """An image of another (height, width): the nearest pixels, or between four of them."""

    size: tuple[int, int]
    bilinear: bool
    corners: Corners


@dataclass(frozen=True)
class Reshape:
    """Same elements, another shape; also Flatten."""
