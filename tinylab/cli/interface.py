"""`tinylab` without a command: the terminal interface, and the checks before it opens."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tinylab.errors import ExitCode, InputError
from tinylab.settings import OPTIONS

if TYPE_CHECKING:
    from tinylab.screens.selection import StartRequest


def interface(arguments: argparse.Namespace) -> int:
    """Opens it until it is closed; its results are printed then. Raises InputError."""
    _check(arguments)
    from tinylab.app import run_app

    closed = run_app(lambda: _asked(arguments), arguments.screenshot)
    if closed.document is not None:
        from tinylab.cli.output import print_document

        print_document(closed.document, "table")
    if closed.broken is not None:
        from tinylab.cli.output import print_error

        print_error(closed.broken)
        return ExitCode.INTERNAL
    return ExitCode.OK


def _check(arguments: argparse.Namespace) -> None:
    """Errors are reported before a screen is opened."""
    if arguments.cubeai_dir and not arguments.model:
        raise InputError(
            "In the terminal interface --cubeai-dir requires --model.",
            remedy="Add --model; `tinylab run` (or --headless) runs the code without a model.",
        )
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError(
            "The terminal interface requires a terminal.", remedy="In scripts, use `tinylab run`."
        )
    if arguments.screenshot is not None:
        from tinylab.cli.files import picture_file

        picture_file(arguments.screenshot, "--screenshot").check()
    if arguments.given - {"screenshot"}:
        _asked(arguments).plan()


def _asked(arguments: argparse.Namespace) -> StartRequest:
    """Options of the command line take precedence over saved ones, until tinylab is closed."""
    from tinylab.bench.plan.workloads import parse_runtimes
    from tinylab.screens.selection import StartRequest

    saved = {one.name for one in OPTIONS}
    return StartRequest(
        models=arguments.model,
        on=arguments.on,
        options={name: getattr(arguments, name) for name in arguments.given & saved},
        runtimes=parse_runtimes(arguments.runtime, arguments.cubeai_dir),
        cubeai_dirs=arguments.cubeai_dir,
    )
