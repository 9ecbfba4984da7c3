"""What is in each memory of the board during a run: a part of `tinylab.run/1`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from tinylab.quantities import Count

PARTS = ("code", "weights", "constants", "activations", "scratch", "io", "stack", "rest")
"""Fields of `MemoryUse`, in the order in which they are shown."""


@dataclass(frozen=True)
class MemoryUse:
    """Bytes of one memory by what they are for; they add up to `used`.

    The flash's add up to the run's `flash_bytes`, those of all RAM without stack to `ram_bytes`.
    """

    DERIVED: ClassVar = ("used",)

    memory: str
    """As `--place` calls it: `flash`, `dtcm`."""
    limit: Count
    """The memory's size."""
    code: Count = 0
    weights: Count = 0
    constants: Count = 0
    """With initial values of variables, the vector table, and gaps between parts."""
    activations: Count = 0
    scratch: Count = 0
    """Of kernels, where it is not a part of the activations."""
    io: Count = 0
    """Inputs and outputs that are not among the activations."""
    stack: Count = 0
    """The deepest that was measured; all that is reserved where it was not."""
    rest: Count = 0
    """Variables of the bench and of the runtime, mailbox and ring of samples."""

    @property
    def used(self) -> int:
        return sum(self.parts.values())

    @property
    def parts(self) -> dict[str, int]:
        """Bytes by name, without those that are 0."""
        return {part: getattr(self, part) for part in PARTS if getattr(self, part)}


def with_stack(uses: Iterable[MemoryUse], measured: int | None) -> tuple[MemoryUse, ...]:
    """`uses` with the measured depth of the stack, which is reserved in one of them."""
    return tuple(
        replace(use, stack=measured) if use.stack and measured is not None else use for use in uses
    )
