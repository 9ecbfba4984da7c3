"""The cost of one instruction for a cycle model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """`sources` are (register, when it is required), `results` (register, latency).

    Each model defines the meaning of `kind`, `cycles` and `resources`.
    """

    kind: int
    cycles: int
    sources: tuple[tuple[int, int], ...]
    results: tuple[tuple[int, int], ...]
    divider_cycles: int = 0
    resources: int = 0
    observed: bool = False
    """Its cycles depend on run-time values: whether its condition held, and the operands of a
    division. Memory accesses are always observed."""
