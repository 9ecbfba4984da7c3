"""What to measure, and where results go: flags that are not saved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tinylab.options import formats
from tinylab.options.option import EXPORT, FIRMWARE, INTERFACE, RUN, VERIFY, Option, declare
from tinylab.units import either


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
            "A board, `sim:` before its name for a virtual one, and its core clocks in MHz, or "
            "sweep: those at which wait states change; may be repeated.",
            commands=(INTERFACE, RUN),
            flag="--on",
            metavar="BOARD[#SERIAL][@MHZ,...]",
            unset="every attached board, or the study's virtual ones",
        ),
    )
    like: str | None = declare(
        None,
        Option(
            "Measure again as in a stored run: its number, a tag, `last`, `last~1`, or a .json "
            "file of results; other options given change that. The result says what is not the "
            "same any more.",
            commands=(RUN,),
            flag="--like",
            metavar="RUN",
            excludes=("protocol",),
        ),
    )
    runtime: tuple[str, ...] = declare(
        (),
        Option(
            "The runtime: tinylab's own code, or ST's generated code with ST's library (cubeai). "
            "both, or the flag given twice, shows the two side by side with their ratio.",
            commands=(INTERFACE, RUN, VERIFY),
            flag="--runtime",
            choices=("tinylab", "cubeai", "both"),
            unset="tinylab",
        ),
    )
    data: Path | None = declare(
        None,
        Option(
            "Your own samples: .npz or .npy with the array x (n samples), or .csv with a row for "
            "each; y, or a last column, has the known answers. Each sample is run on the board; "
            "the result has the accuracy of host and board, the samples where they differ, and "
            "how the time depends on the sample.",
            commands=(INTERFACE, RUN),
            flag="--data",
            unset="the catalogue's held-out samples, random values for other models",
        ),
    )
    reset_state: bool = declare(
        False,
        Option(
            "Resets the states of a network that keeps some between inferences (LSTM, streaming "
            "models) before every sample, for samples that are independent of each other; "
            "otherwise they are a sequence, which begins with a reset.",
            commands=(INTERFACE, RUN),
            flag="--reset-state",
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
            choices=formats.printed(),
            unset=formats.printed()[0],
        ),
    )
    output: tuple[str, ...] = declare(
        (),
        Option(
            f"Write a {either(formats.documents())} file too (firmware: no .html or .xml);"
            " may be repeated.",
            commands=(RUN, FIRMWARE, EXPORT),
            flag="--output",
            short="-o",
            metavar="FILE",
        ),
    )
    profile: bool = declare(
        False,
        Option(
            "Print the cycles of each layer too, and why they passed: instructions, results "
            "awaited, flash and caches, branches. Virtual boards only.",
            commands=(RUN, EXPORT),
            flag="--profile",
            excludes=("format",),
        ),
    )
    screenshot: str | None = declare(
        None,
        Option(
            f"Write a picture, {either(formats.pictures())}; in the interface, of the screen when"
            " the key x is pressed.",
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
            "Compare with a baseline: a name that --save-baseline gave, FILE.toml:NAME, or a JSON "
            "document of results. Exit code 1 if a run is worse than allowed, 2 if there is "
            "nothing to compare with, 6 if there are too few inferences to decide.",
            commands=(RUN,),
            flag="--baseline",
            metavar="NAME|FILE",
        ),
    )
    save_baseline: str | None = declare(
        None,
        Option(
            "Save the valid runs as a baseline in tinylab-baselines.toml, in this folder or the "
            "nearest above it that has one, or in FILE.toml:NAME.",
            commands=(RUN,),
            flag="--save-baseline",
            metavar="NAME",
        ),
    )
    max_regress: tuple[str, ...] = declare(
        (),
        Option(
            "How much worse a measure may be than in the baseline: 2% (time), ram=5%, flash=, "
            "stack=, accuracy=; may be repeated. Simulated cycles are exact, real ones must differ "
            "by more than the interval of their ratio.",
            commands=(RUN,),
            flag="--max-regress",
            metavar="[MEASURE=]PERCENT",
            unset="time: 0 simulated, 1 on silicon; others are shown, not judged",
            needs=("baseline",),
        ),
    )
