"""How to run an image that was built elsewhere: flags of `tinylab firmware`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tinylab.options.measuring import MOST, Measuring, Waiting
from tinylab.options.option import FIRMWARE, Option, declare, required


@dataclass(frozen=True)
class FirmwareStations:
    """Where the image runs."""

    on: tuple[str, ...] = declare(
        (),
        Option(
            "A board to run on, `sim:` before its name for a virtual one; may be repeated.",
            commands=(FIRMWARE,),
            flag="--on",
            metavar="BOARD[#SERIAL]",
        ),
    )


@dataclass(frozen=True)
class FirmwareOptions:
    """None means: the default.

    `time` names the function whose calls are timed, `why` explains their cycles; `protocol` is what
    is spoken over the serial port; with neither, the image's output is shown until it contains
    `until`, or until it is silent.
    """

    file: Path = required(
        Option("An .elf, .hex or .bin to flash and run.", commands=(FIRMWARE,), metavar="FILE")
    )
    time: str | None = declare(
        None,
        Option(
            "Time calls of this function with breakpoints and the core's cycle counter: from its "
            "first instruction to its return, including nested calls and interrupts.",
            commands=(FIRMWARE,),
            flag="--time",
            metavar="FUNCTION|0xADDRESS",
        ),
    )
    calls: int | None = declare(
        None,
        Option(
            "The number of calls to time, after the --warmup calls.",
            commands=(FIRMWARE,),
            flag="--calls",
            low=1,
            high=MOST,
            unset="10, after 1 warm-up call",
            needs=("time",),
        ),
    )
    why: bool = declare(
        False,
        Option(
            "Show why the cycles of the timed calls passed, function by function: instructions, "
            "results awaited, flash and caches, branches. Virtual boards only.",
            commands=(FIRMWARE,),
            flag="--why",
            needs=("time",),
        ),
    )
    protocol: str | None = declare(
        None,
        Option(
            "Use MLPerf Tiny's serial protocol, as the official runner does: load and infer five "
            "times, and report the median.",
            commands=(FIRMWARE,),
            flag="--protocol",
            choices=("mlperf",),
            excludes=("time",),
        ),
    )
    inferences: int | None = declare(
        None,
        Option(
            "The number of inferences to request at a time with --protocol.",
            commands=(FIRMWARE,),
            flag="--inferences",
            low=1,
            high=MOST,
            unset="what takes 1 s on a virtual board, 10 s on silicon",
            needs=("protocol",),
        ),
    )
    warmup: int | None = declare(
        None,
        Option(
            "The number of calls or inferences that run first and are not counted.",
            commands=(FIRMWARE,),
            flag="--warmup",
            high=1_000_000,
            unset="1; with --protocol on silicon 10",
            needs=("time", "protocol"),
        ),
    )
    input: Path | None = declare(
        None,
        Option(
            "The file whose bytes MLPerf's `db load` sends.",
            commands=(FIRMWARE,),
            flag="--input",
            unset="zeros",
            needs=("protocol",),
        ),
    )
    until: str | None = declare(
        None,
        Option(
            "Stop when the serial output contains this text.",
            commands=(FIRMWARE,),
            flag="--until",
            excludes=("time", "protocol"),
        ),
    )
    time_limit_s: float | None = declare(
        None,
        Option(
            "Stop after this many seconds of the board's time.",
            commands=(FIRMWARE,),
            flag="--time-limit",
            above=True,
            high=3600,
            unit="seconds",
            unset="10; for MLPerf's `infer` 30",
        ),
    )
    baud: int | None = declare(
        None,
        Option(
            "Baud rate of a real board's serial port.",
            commands=(FIRMWARE,),
            flag="--baud",
            low=1,
            high=MOST,
            unset="115200",
        ),
    )
    trace: bool = declare(
        False,
        Option(
            "List the registers that the firmware accessed and the virtual board does not emulate.",
            commands=(FIRMWARE,),
            flag="--trace",
        ),
    )
    mass_erase: bool = Measuring.mass_erase
    wait_s: float = Waiting.wait_s
