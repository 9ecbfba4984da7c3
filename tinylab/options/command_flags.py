"""What to measure, where results go, and what else one command or another takes."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.options.option import (
    BOARDS,
    DOCTOR,
    EXPORT,
    FIRMWARE,
    HISTORY,
    INTERFACE,
    MODELS,
    OPTION_BYTES,
    PROBES,
    RUN,
    Option,
    declare,
    required,
)

FORMATS = ("table", "markdown", "csv", "json")


@dataclass(frozen=True)
class Subjects:
    """What to measure."""

    model: tuple[str, ...] = declare(
        (),
        Option(
            "A model of the catalogue or a file; may be repeated.",
            commands=(INTERFACE, RUN),
            flag="--model",
            metavar="NAME|FILE",
            unset="all of the catalogue",
        ),
    )
    on: tuple[str, ...] = declare(
        (),
        Option(
            "A board, `sim:` before its name for a virtual one, and its core clocks in MHz; may be"
            " repeated.",
            commands=(INTERFACE, RUN),
            flag="--on",
            metavar="BOARD[#SERIAL][@MHZ,...]",
            unset="every attached board, or the study's virtual ones",
        ),
    )
    runtime: tuple[str, ...] = declare(
        (),
        Option(
            "Whose code runs it: tinylab's own, or ST's generated code with ST's library; both, or"
            " given twice, shows them side by side with their ratio.",
            commands=(INTERFACE, RUN),
            flag="--runtime",
            choices=("tinylab", "cubeai", "both"),
            unset="tinylab",
        ),
    )
    cubeai_dir: tuple[str, ...] = declare(
        (),
        Option(
            "A folder that CubeMX, stm32ai or stedgeai generated, with Middlewares/ST/AI (headers"
            " and library) in or below it; used as it is. Without --model every network in it is"
            " run with random inputs, and its outputs are not checked; may be repeated.",
            commands=(INTERFACE, RUN),
            flag="--cubeai-dir",
            metavar="DIR",
        ),
    )


@dataclass(frozen=True)
class Results:
    """Where results go: standard output, files, pictures."""

    format: str | None = declare(
        None,
        Option(
            "What to print on standard output.",
            commands=(RUN, FIRMWARE, EXPORT),
            flag="--format",
            choices=FORMATS,
            unset="table",
        ),
    )
    output: tuple[str, ...] = declare(
        (),
        Option(
            "Write a file too, .json, .csv or .md, and of models .html; may be repeated.",
            commands=(RUN, FIRMWARE, EXPORT),
            flag="--output",
            short="-o",
            metavar="FILE",
        ),
    )
    screenshot: str | None = declare(
        None,
        Option(
            "Write a picture, .svg or .png; of the screen, when the key x is pressed there.",
            commands=(INTERFACE, RUN, EXPORT),
            flag="--screenshot",
            metavar="FILE",
        ),
    )


@dataclass(frozen=True)
class Comparison:
    """Whether it has become slower."""

    baseline: str | None = declare(
        None,
        Option(
            "Compare with the runs in this JSON document.",
            commands=(RUN,),
            flag="--baseline",
            metavar="FILE",
        ),
    )
    max_regress: float | None = declare(
        None,
        Option(
            "How much slower than the baseline is still good: 2 and 2% are the same.",
            commands=(RUN,),
            flag="--max-regress",
            metavar="PERCENT",
            unit="%",
            unset="1",
            needs=("baseline",),
        ),
    )


@dataclass(frozen=True)
class Listing:
    """What there is to list."""

    run: tuple[str, ...] = required(
        Option("A run's number, or `last` for the last session.", commands=(EXPORT,), metavar="RUN")
    )
    model: str | None = declare(
        None, Option("Show its layers.", commands=(MODELS,), metavar="NAME|FILE")
    )
    limit: int = declare(
        30,
        Option(
            "Show the last N runs.", commands=(HISTORY,), flag="--limit", low=1, high=10_000_000
        ),
    )


@dataclass(frozen=True)
class Protection:
    """What protects a board's flash."""

    board: str = required(
        Option(
            "An attached board, or `sim:` before its name.",
            commands=(OPTION_BYTES,),
            metavar="BOARD[#SERIAL]",
        )
    )
    unlock: bool = declare(
        False,
        Option(
            "Take write protection off, and read-out protection of level 1, which erases all of"
            " the flash.",
            commands=(OPTION_BYTES,),
            flag="--unlock",
        ),
    )
    cpu_boost: bool = declare(
        False,
        Option(
            "Set CPUFREQ_BOOST, without which an STM32H723 runs at 520 MHz at most.",
            commands=(OPTION_BYTES,),
            flag="--cpu-boost",
        ),
    )
    yes: bool = declare(
        False,
        Option(
            "Do it; without it, only say what.",
            commands=(OPTION_BYTES,),
            flag="--yes",
            needs=("unlock", "cpu_boost"),
        ),
    )


@dataclass(frozen=True)
class Json:
    """For programs."""

    json: bool = declare(
        False,
        Option(
            "Print JSON.",
            commands=(PROBES, BOARDS, MODELS, DOCTOR, HISTORY, EXPORT, OPTION_BYTES),
            flag="--json",
        ),
    )
