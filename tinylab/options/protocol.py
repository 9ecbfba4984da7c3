"""How a network is measured over a serial protocol: flags of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tinylab.options.measuring import MOST
from tinylab.options.option import RUN, Option, declare


@dataclass(frozen=True)
class Protocol:
    """None means: the default."""

    protocol: str | None = declare(
        None,
        Option(
            "Build the network into an image that speaks MLPerf Tiny's serial protocol, and use it "
            "as the official runner does: load and infer five times, and report the median. With "
            "--data, every sample is loaded and inferred once too, and the accuracy reported.",
            commands=(RUN,),
            flag="--protocol",
            choices=("mlperf",),
            excludes=(
                *("runtime", "cubeai_dir", "min_time_s", "link", "fail_fast", "optimize"),
                *("st_tool", "baseline", "screenshot"),
            ),
        ),
    )
    image: Path | None = declare(
        None,
        Option(
            "Write the image of --protocol as an .elf, .hex or .bin too, to flash it with another "
            "tool and use the official runner.",
            commands=(RUN,),
            flag="--image",
            needs=("protocol",),
        ),
    )
    baud: int | None = declare(
        None,
        Option(
            "Baud rate of the serial port with --protocol.",
            commands=(RUN,),
            flag="--baud",
            low=1,
            high=MOST,
            unset="115200",
            needs=("protocol",),
        ),
    )
    time_limit_s: float | None = declare(
        None,
        Option(
            "How long an answer to `infer` may take with --protocol, in the board's time.",
            commands=(RUN,),
            flag="--time-limit",
            above=True,
            high=3600,
            unit="seconds",
            unset="30",
            needs=("protocol",),
        ),
    )
