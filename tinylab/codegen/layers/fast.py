"""Kernels that are made for a core, beside the plain ones that every layer has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tinylab.codegen.layers.kernel import Kernel, Request
from tinylab.zoo.operations import Operation


@dataclass(frozen=True)
class Unsuited:
    """Why a kernel does not execute a layer, as a sentence without its subject."""

    reason: str


@dataclass(frozen=True)
class FastKernel:
    """A kernel by the name of its C function. `make` decides whether it suits a layer."""

    name: str
    make: Callable[[Request], Kernel | Unsuited]


FAST: Mapping[type[Operation], Sequence[FastKernel]] = {}
"""By operation, the fastest first."""
