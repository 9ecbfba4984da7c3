"""How to measure: flags of a run and of the interface, fields of the settings page."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.options.option import FIRMWARE, INTERFACE, RUN, Option, declare

AUTO, SWD, UART = LINKS = ("auto", "swd", "uart")
MOST = 10_000_000
WEEK_S = 7 * 86_400


@dataclass(frozen=True)
class Measuring:
    """None means: what suits the model or the station. The settings remember all of it."""

    compression: str | None = declare(
        None,
        Option(
            "Keeps the weights of large dense layers as codes into a table of floats: x4 in 8"
            " bits, x8 in 4. auto takes the least that fits, and the result says what accuracy it"
            " cost.",
            title="Weight compression",
            commands=(INTERFACE, RUN),
            flag="--compression",
            choices=("none", "x4", "x8", "auto"),
            unset="as the model says",
        ),
    )
    inferences: int | None = declare(
        None,
        Option(
            "How many inferences a run measures at least.",
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
            "How many seconds of the board's time a run measures at least.",
            title="Least time",
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
            "How many inferences run first, are shown, and are left out of the figures.",
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
            "Erases the whole flash of a board before it is programmed, what other programs keep"
            " there too; otherwise only the sectors that are needed.",
            title="Erase all first",
            commands=(INTERFACE, RUN, FIRMWARE),
            flag="--mass-erase",
        ),
    )
    link: str = declare(
        AUTO,
        Option(
            "How samples leave the board: over SWD while it runs, or over the serial port that its"
            " probe carries, which is slower. auto is SWD, and the port when SWD loses samples or"
            " cannot be read; the result says which it was.",
            title="Link",
            commands=(INTERFACE, RUN),
            flag="--link",
            choices=LINKS,
        ),
    )
    fail_fast: bool = declare(
        False,
        Option(
            "Ends the whole plan when one run of it fails.",
            title="Stop at the first failure",
            commands=(INTERFACE, RUN),
            flag="--fail-fast",
        ),
    )
    optimization: str | None = declare(
        None,
        Option(
            "What ST's code generator optimises for: the time of an inference, the RAM it takes,"
            " or both. It goes with the runtime cubeai.",
            title="Optimisation by ST's tool",
            commands=(INTERFACE, RUN),
            flag="--optimization",
            choices=("balanced", "time", "ram"),
            unset="balanced",
            needs=("runtime cubeai", "runtime both"),
            excludes=("cubeai_dir",),
        ),
    )
    st_tool: str | None = declare(
        None,
        Option(
            "The stedgeai or stm32ai to take for the runtime cubeai: its file, or the folder of its"
            " installation.",
            title="ST's code generator",
            commands=(INTERFACE, RUN),
            flag="--st-tool",
            metavar="PATH",
            unset="what STEDGEAI_CORE_DIR or X_CUBE_AI_DIR names, or the newest there is",
            needs=("runtime cubeai", "runtime both"),
            excludes=("cubeai_dir",),
        ),
    )


@dataclass(frozen=True)
class Waiting:
    """What to do while another tinylab has a probe."""

    wait_s: float = declare(
        0.0,
        Option(
            "How long to wait for a probe that another tinylab measures on.",
            commands=(RUN, FIRMWARE),
            flag="--wait",
            high=WEEK_S,
            unit="seconds",
            unset="not at all, exit code 3 at once",
        ),
    )
