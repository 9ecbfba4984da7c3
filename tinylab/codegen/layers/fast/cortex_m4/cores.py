"""The cores that the kernels of this folder are for."""

from __future__ import annotations

from tinylab.boards.board import Core

CORES = frozenset({Core.CORTEX_M4, Core.CORTEX_M33})
