"""How to measure: flags of a run and of the interface, fields of the settings page."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.options.option import (
    BENCH_CORE,
    FIRMWARE,
    INTERFACE,
    RUN,
    VERIFY,
    Option,
    declare,
)

COMPRESSIONS = ("none", "x4", "x8", "auto")
RAM, BALANCED, SPEED = GOALS = ("ram", "balanced", "speed")
AUTO, SWD, UART = LINKS = ("auto", "swd", "uart")
MOST = 10_000_000
WEEK_S = 7 * 86_400


@dataclass(frozen=True)
class Measuring:
    """None means: the default of the model or the station. The settings save all of them."""

    compression: str | None = declare(
        None,
        Option(
            "Stores the weights of large dense layers as codes for a table of floats: x4 as 8-bit "
            "codes, x8 as 4-bit codes. auto selects the weakest that fits; the result reports the "
            "loss of accuracy.",
            title="Weight compression",
            commands=(INTERFACE, RUN, VERIFY),
            flag="--compression",
            choices=COMPRESSIONS,
            unset="as the model specifies",
        ),
    )
    inferences: int | None = declare(
        None,
        Option(
            "The minimum number of inferences of a run.",
            title="Inferences",
            commands=(INTERFACE, RUN),
            flag="--inferences",
            low=1,
            high=MOST,
            unset="100 on silicon, 3 to 100 on a virtual board",
        ),
    )
    min_time_s: float | None = declare(
        None,
        Option(
            "The minimum duration of a run in seconds of the board's time.",
            title="Minimum time",
            commands=(INTERFACE, RUN),
            flag="--min-time",
            high=3600,
            unit="seconds",
            unset="1 s on silicon",
        ),
    )
    warmup: int | None = declare(
        None,
        Option(
            "The number of inferences that run first; they are shown but not counted.",
            title="Warm-up",
            commands=(INTERFACE, RUN),
            flag="--warmup",
            high=1_000_000,
            unset="10 on silicon, 1 on a virtual board",
        ),
    )
    mass_erase: bool = declare(
        False,
        Option(
            "Erases the whole flash of a board before it is programmed, including data of other "
            "programs; otherwise only the required sectors are erased.",
            title="Erase all first",
            commands=(INTERFACE, RUN, FIRMWARE, VERIFY),
            flag="--mass-erase",
        ),
    )
    link: str = declare(
        AUTO,
        Option(
            "How samples are transferred: over SWD while the board runs, or over the probe's "
            "serial port, which is slower. auto uses SWD, or the port if SWD loses samples or "
            "fails; the result reports the link.",
            title="Link",
            commands=(INTERFACE, RUN),
            flag="--link",
            choices=LINKS,
        ),
    )
    fail_fast: bool = declare(
        False,
        Option(
            "Stops the whole plan when one run fails.",
            title="Stop at the first failure",
            commands=(INTERFACE, RUN),
            flag="--fail-fast",
        ),
    )
    optimize: str | None = declare(
        None,
        Option(
            "What code is generated for: the least RAM, speed, or speed as long as it takes little "
            "RAM and flash. Also ST's code generator is told.",
            title="Optimise for",
            commands=(INTERFACE, RUN, VERIFY),
            flag="--optimize",
            choices=GOALS,
            unset="balanced",
            excludes=("cubeai_dir",),
        ),
    )
    st_tool: str | None = declare(
        None,
        Option(
            "The stedgeai or stm32ai to use for the runtime cubeai: its file, or its installation "
            "folder.",
            title="ST's code generator",
            commands=(INTERFACE, RUN),
            flag="--st-tool",
            metavar="PATH",
            unset="the one in STEDGEAI_CORE_DIR or X_CUBE_AI_DIR, or the newest installed",
            needs=("runtime cubeai", "runtime both"),
            excludes=("cubeai_dir",),
        ),
    )


@dataclass(frozen=True)
class Waiting:
    """What to do while another tinylab process uses a probe."""

    wait_s: float = declare(
        0.0,
        Option(
            "How long to wait for a probe that another tinylab process uses.",
            commands=(RUN, FIRMWARE, VERIFY, BENCH_CORE),
            flag="--wait",
            high=WEEK_S,
            unit="seconds",
            unset="no wait, exit code 3 at once",
        ),
    )
