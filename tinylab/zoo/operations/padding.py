"""Padding, of windows and as a layer."""

from __future__ import annotations

from dataclasses import dataclass

Padding = tuple[tuple[int, int], tuple[int, int]]
"""((top, bottom), (left, right)) in elements."""


NO_PADDING: Padding = ((0, 0), (0, 0))


@dataclass(frozen=True)
class Pad:
    """Padding around height and width with a real number."""

    padding: Padding
    value: float = 0.0
