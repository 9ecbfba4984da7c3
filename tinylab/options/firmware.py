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
    """None means: what suits.

    `time` names the function whose calls are timed, `protocol` what is spoken over the serial
    port; with neither, the image's output is shown until `until` is in it, or until it is silent.
    """

    file: Path = required(
        Option("An .elf, .hex or .bin to flash and run.", commands=(FIRMWARE,), metavar="FILE")
    )
    time: str | None = declare(
        None,
        Option(
            "Time calls of this function with breakpoints and the core's cycle counter: from its"
            " first instruction to where it returns, calls and interrupts inside it included.",
            commands=(FIRMWARE,),
            flag="--time",
            metavar="FUNCTION|0xADDRESS",
        ),
    )
    calls: int | None = declare(
        None,
        Option(
            "How many calls to time, behind --warmup ones.",
            commands=(FIRMWARE,),
            flag="--calls",
            low=1,
            high=MOST,
            unset="10, behind 1",
            needs=("time",),
        ),
    )
    protocol: str | None = declare(
        None,
        Option(
            "Speak MLPerf Tiny's serial protocol to the image, as the official runner does: five"
            " times load and infer, the median counts.",
            commands=(FIRMWARE,),
            flag="--protocol",
            choices=("mlperf",),
            excludes=("time",),
        ),
    )
    inferences: int | None = declare(
        None,
        Option(
            "How many inferences to ask for at a time, over --protocol.",
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
            "How many calls or inferences run first, and are left out of the figures.",
            commands=(FIRMWARE,),
            flag="--warmup",
            high=1_000_000,
            unset="1; over --protocol on silicon 10",
            needs=("time", "protocol"),
        ),
    )
    input: Path | None = declare(
        None,
        Option(
            "The bytes that MLPerf's `db load` sends.",
            commands=(FIRMWARE,),
            flag="--input",
            unset="zeros",
            needs=("protocol",),
        ),
    )
    until: str | None = declare(
        None,
        Option(
            "End when the serial output holds this text.",
            commands=(FIRMWARE,),
            flag="--until",
            excludes=("time", "protocol"),
        ),
    )
    time_limit_s: float | None = declare(
        None,
        Option(
            "Give up after so many seconds of the board's time.",
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
            "Rate of a real board's serial port.",
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
            "List the registers that the firmware used and that the virtual board has not.",
            commands=(FIRMWARE,),
            flag="--trace",
        ),
    )
    mass_erase: bool = Measuring.mass_erase
    wait_s: float = Waiting.wait_s
