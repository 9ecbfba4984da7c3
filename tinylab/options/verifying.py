"""What `tinylab verify` compares."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tinylab.options.option import VERIFY, Option, declare, required

WITHOUT_BOARD = "sim:nucleo_wb55rg"
"""Where it runs if no board is attached and none was named."""


@dataclass(frozen=True)
class Verifying:
    """One model; further flags are those of a run."""

    model: str = required(
        Option("A model of the catalogue or a file.", commands=(VERIFY,), metavar="MODEL")
    )
    on: tuple[str, ...] = declare(
        (),
        Option(
            "A board, `sim:` before its name for a virtual one; may be repeated.",
            commands=(VERIFY,),
            flag="--on",
            metavar="BOARD[#SERIAL][@MHZ]",
            unset=f"every attached board, or {WITHOUT_BOARD}",
        ),
    )
    data: Path | None = declare(
        None,
        Option(
            "Your own samples, as for `tinylab run`.",
            commands=(VERIFY,),
            flag="--data",
            unset="the catalogue's held-out samples, random values for other models",
        ),
    )
    cubeai_dir: tuple[str, ...] = declare(
        (),
        Option(
            "A folder with the code that CubeMX or stm32ai generated from MODEL, and with "
            "X-CUBE-AI's library: its nodes are compared with MODEL's layers.",
            commands=(VERIFY,),
            flag="--cubeai-dir",
            metavar="DIR",
        ),
    )
    inputs: int | None = declare(
        None,
        Option(
            "The number of inputs to run, from the first on.",
            commands=(VERIFY,),
            flag="--inputs",
            low=1,
            high=1_000_000,
            unset="all of --data, else 4",
        ),
    )
