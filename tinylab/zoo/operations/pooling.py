"""Pooling."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tinylab.zoo.operations.padding import Padding


class PoolKind(StrEnum):
    MAX = "max"
    AVERAGE = "average"
    SUM = "sum"
    """Only over all positions."""


@dataclass(frozen=True)
class Pool:
    """Max or average pooling. An average includes only elements inside the input.

    The average of quantised elements is rounded to nearest, halves away from zero, or up.
    """

    kind: PoolKind
    size: tuple[int, int]
    stride: tuple[int, int]
    padding: Padding
    rank: int = 2
    halves_up: bool = False


@dataclass(frozen=True)
class ArgMax:
    """The place of the greatest element of the last axis, or of the least; the first of equals.

    The output, without that axis, has whole numbers; a tensor of one axis becomes `(1,)`.
    """

    least: bool = False


@dataclass(frozen=True)
class GlobalPool:
    """Pooling over all positions; the output shape is `(channels,)`."""

    kind: PoolKind
