"""Options of the commands that list, export and unlock."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.options.measuring import COMPRESSIONS, GOALS
from tinylab.options.option import (
    BENCH_CORE,
    BOARDS,
    CHOOSE,
    COMPARE,
    DOCTOR,
    EXPORT,
    HISTORY,
    MANIFEST,
    MODELS,
    OPTION_BYTES,
    PROBES,
    VERIFY,
    Option,
    declare,
    required,
)


@dataclass(frozen=True)
class Listing:
    """What there is to list."""

    model: str | None = declare(
        None, Option("Show its layers.", commands=(MODELS,), metavar="NAME|FILE")
    )
    check_with_keras: bool = declare(
        False,
        Option(
            "Also read FILE with Keras, in a separate process, and compare its layers and outputs "
            "with tinylab's; requires the extra tinylab[keras].",
            commands=(MODELS,),
            flag="--check-with-keras",
            needs=("model",),
        ),
    )
    explain: bool = declare(
        False,
        Option(
            "For each call of the generated code: its kernel, the cycles per MACC expected and at "
            "best, scratch memory, and why no other kernel was chosen. Requires --on.",
            commands=(MODELS,),
            flag="--explain",
            needs=("model",),
        ),
    )
    on: str | None = declare(
        None,
        Option(
            "The board whose code is explained.",
            commands=(MODELS,),
            flag="--on",
            metavar="BOARD",
            needs=("explain",),
        ),
    )
    compression: str | None = declare(
        None,
        Option(
            "With this compression of weights.",
            commands=(MODELS,),
            flag="--compression",
            choices=COMPRESSIONS[:-1],
            unset="as the model specifies",
            needs=("explain",),
        ),
    )
    optimize: str | None = declare(
        None,
        Option(
            "As for `tinylab run`.",
            commands=(MODELS,),
            flag="--optimize",
            choices=GOALS,
            unset="balanced",
            needs=("explain",),
        ),
    )
    place: tuple[str, ...] = declare(
        (),
        Option(
            "As for `tinylab run`.",
            commands=(MODELS,),
            flag="--place",
            metavar="WHAT=MEMORY",
            unset="what suits the board and --optimize",
            needs=("explain",),
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
            "Remove write protection, and read-out protection level 1, which erases the whole "
            "flash.",
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
            "Apply the change; without this flag it is only described.",
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
            commands=(
                *(PROBES, BOARDS, MODELS, DOCTOR, HISTORY, EXPORT, OPTION_BYTES),
                *(VERIFY, BENCH_CORE, COMPARE, MANIFEST, CHOOSE),
            ),
            flag="--json",
        ),
    )
