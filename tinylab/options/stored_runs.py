"""Options of the commands for stored runs: list, compare, note, tag, export."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tinylab.options.option import (
    COMPARE,
    EXPORT,
    HISTORY,
    MANIFEST,
    NOTE,
    TAG,
    Option,
    declare,
    required,
)

RUN_NAME = "A run's number, a tag, `last` for the last session, `last~1` for the one before it"


@dataclass(frozen=True)
class Exported:
    """Which runs are written."""

    run: tuple[str, ...] = required(Option(f"{RUN_NAME}.", commands=(EXPORT,), metavar="RUN"))


@dataclass(frozen=True)
class Manifested:
    """A folder of results."""

    folder: Path = required(Option("The folder.", commands=(MANIFEST,), metavar="FOLDER"))
    check: bool = declare(
        False,
        Option(
            "Compare the folder with its manifest instead: exit code 1 if a file has changed, is "
            "missing or is not listed.",
            commands=(MANIFEST,),
            flag="--check",
        ),
    )


@dataclass(frozen=True)
class Compared:
    """Which runs are compared."""

    runs: tuple[str, ...] = required(
        Option(
            f"{RUN_NAME}, a .json file of results, or FILE.toml:NAME for a saved baseline. Each of "
            "the later ones is compared with the first.",
            commands=(COMPARE,),
            metavar="RUN",
        )
    )
    unlike: bool = declare(
        False,
        Option(
            "Also compare runs of different networks or types.",
            commands=(COMPARE,),
            flag="--unlike",
        ),
    )
    format: str | None = declare(
        None,
        Option(
            "What to print on standard output.",
            commands=(COMPARE,),
            flag="--format",
            choices=("table", "markdown"),
            unset="table",
        ),
    )


@dataclass(frozen=True)
class Noted:
    """A note of a run."""

    run: str = required(Option(f"{RUN_NAME}.", commands=(NOTE,), metavar="RUN"))
    text: tuple[str, ...] = required(
        Option("The note; an empty one, '', removes it.", commands=(NOTE,), metavar="TEXT")
    )


@dataclass(frozen=True)
class Tagged:
    """Tags of a run."""

    run: str | None = declare(
        None,
        Option(f"{RUN_NAME}. Without one, all tags are listed.", commands=(TAG,), metavar="RUN"),
    )
    tag: tuple[str, ...] = declare(
        (), Option("One word; several may be given.", commands=(TAG,), metavar="TAG")
    )
    remove: bool = declare(
        False, Option("Take the tags away.", commands=(TAG,), flag="--remove", needs=("tag",))
    )


@dataclass(frozen=True)
class Listed:
    """Which runs are listed, and in which order."""

    model: str | None = declare(
        None,
        Option(
            "Runs whose model's name contains this.",
            commands=(HISTORY,),
            flag="--model",
            metavar="NAME",
        ),
    )
    board: str | None = declare(
        None,
        Option(
            "Runs whose board's name contains this; `sim:` selects the virtual ones.",
            commands=(HISTORY,),
            flag="--board",
            metavar="NAME",
        ),
    )
    runtime: str | None = declare(
        None,
        Option(
            "Runs of this runtime.",
            commands=(HISTORY,),
            flag="--runtime",
            choices=("tinylab", "cubeai"),
        ),
    )
    since: str | None = declare(
        None,
        Option(
            "Runs that began then or later: a date and time, or how long ago, 90m, 6h, 7d, 2w.",
            commands=(HISTORY,),
            flag="--since",
            metavar="TIME",
        ),
    )
    tag: str | None = declare(
        None, Option("Runs with this tag.", commands=(HISTORY,), flag="--tag", metavar="TAG")
    )
    valid: bool = declare(
        False, Option("Runs with a valid result.", commands=(HISTORY,), flag="--valid")
    )
    sort: str = declare(
        "run",
        Option(
            "The largest or latest first; with - before the name the smallest: run, started, "
            "model, board, clock, cycles, time, samples.",
            commands=(HISTORY,),
            flag="--sort",
            metavar="NAME",
        ),
    )
    limit: int = declare(
        30,
        Option(
            "Show the first N runs of that order.",
            commands=(HISTORY,),
            flag="--limit",
            low=1,
            high=10_000_000,
        ),
    )
    changes: bool = declare(
        False,
        Option(
            "List the runs in which a figure moved, of all that the other options select.",
            commands=(HISTORY,),
            flag="--changes",
            excludes=("delete", "restore", "purge"),
        ),
    )
    deleted: bool = declare(
        False, Option("List the deleted runs.", commands=(HISTORY,), flag="--deleted")
    )
    delete: tuple[str, ...] = declare(
        (),
        Option(
            "Delete a run; it can be restored; may be repeated.",
            commands=(HISTORY,),
            flag="--delete",
            metavar="RUN",
            excludes=("restore", "purge"),
        ),
    )
    restore: tuple[str, ...] = declare(
        (),
        Option(
            "Restore a deleted run; may be repeated.",
            commands=(HISTORY,),
            flag="--restore",
            metavar="RUN",
            excludes=("purge",),
        ),
    )
    purge: bool = declare(
        False,
        Option(
            "Remove the deleted runs and their samples for good.",
            commands=(HISTORY,),
            flag="--purge",
        ),
    )
