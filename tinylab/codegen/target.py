"""What code is generated for: a core, and what matters most."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tinylab.boards.board import Core


class Goal(StrEnum):
    """What kernels are chosen for."""

    RAM = "ram"
    """The least RAM for activations and scratch memory."""
    BALANCED = "balanced"
    """Speed, as long as it takes little RAM and flash."""
    SPEED = "speed"
    """Speed alone."""


@dataclass(frozen=True)
class Target:
    """`core`: None for any core, even the host's: plain kernels alone."""

    core: Core | None = None
    goal: Goal = Goal.BALANCED
    scratch_apart: bool = False
    """Whether kernels' scratch memory is an array in the section `.scratch`, not a part of the
    activations."""


ANY = Target()
