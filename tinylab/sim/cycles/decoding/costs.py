"""What one instruction costs, as a cycle model sees it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """`sources` are (register, when it is needed), `results` (register, latency).

    What `kind`, `cycles` and `resources` mean is the model's own affair.
    """

    kind: int
    cycles: int
    sources: tuple[tuple[int, int], ...]
    results: tuple[tuple[int, int], ...]
    divider_cycles: int = 0
    resources: int = 0
    observed: bool = False
    """Its cycles depend on what is known only when it runs: whether its condition held, and what
    it divides. Memory accesses are observed anyhow."""
