"""Kernels that are made for a core: whether they suit a layer, or why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tinylab.boards.board import Core
from tinylab.codegen.layers.kernel import Kernel, Request


@dataclass(frozen=True)
class Unsuited:
    """Why a kernel does not execute a layer, as a sentence without its subject."""

    reason: str


@dataclass(frozen=True)
class Refusal:
    """A kernel that does not execute a layer, by the name of its C function, and why."""

    kernel: str
    reason: str


@dataclass(frozen=True)
class FastKernel:
    """A kernel by the name of its C function. `make` decides whether it suits a layer."""

    name: str
    cores: frozenset[Core]
    make: Callable[[Request], Kernel | Unsuited]

    @property
    def is_float(self) -> bool:
        """Whether it is for floats, as the end of its name tells."""
        return self.name.endswith("_f32")
