"""Compiler flags by core: how GCC schedules float arithmetic and loads.

Each of them makes the kernels faster on its core and slower on the others (docs/kernels.md).
"""

from __future__ import annotations

from collections.abc import Mapping

from tinylab.boards.board import Core

FLAGS: Mapping[Core, str] = {
    # A fused multiply-add has a latency of three cycles, and so has a multiplication followed by
    # an addition, which the compiler can separate.
    Core.CORTEX_M4: "-ffp-contract=off",
    Core.CORTEX_M33: "-ffp-contract=off",
    # An address that a load updates delays the next load: offsets are better.
    Core.CORTEX_M7: "-ffp-contract=fast -fno-auto-inc-dec",
}
