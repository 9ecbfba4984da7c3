"""Which loops `tinylab bench-core` runs, and where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tinylab.options.option import BENCH_CORE, Option, declare

WITHOUT_BOARD = "sim:nucleo_h723zg"
"""Where it runs if no board is attached and none was named."""


@dataclass(frozen=True)
class CoreLoops:
    """Boards, loops, and a file."""

    on: tuple[str, ...] = declare(
        (),
        Option(
            "A board, `sim:` before its name for a virtual one; may be repeated. Without a clock "
            "it runs at one at which flash has no wait states.",
            commands=(BENCH_CORE,),
            flag="--on",
            metavar="BOARD[#SERIAL][@MHZ]",
            unset=f"every attached board, or {WITHOUT_BOARD}",
        ),
    )
    filter: str | None = declare(
        None,
        Option(
            "Only loops whose id, rule or instructions contain this text.",
            commands=(BENCH_CORE,),
            flag="--filter",
            unset="all loops of the board's core",
        ),
    )
    output: Path | None = declare(
        None,
        Option(
            "Write what --json prints to this file too.",
            commands=(BENCH_CORE,),
            flag="--output",
            short="-o",
        ),
    )
