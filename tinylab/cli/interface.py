"""`tinylab` without a command: the terminal interface, and the checks before it opens."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tinylab.bench.doctor.terminal_facts import Terminal, here
from tinylab.errors import ExitCode, InputError
from tinylab.settings import OPTIONS

if TYPE_CHECKING:
    from tinylab.bench.plan.plan import Plan
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
    # It draws on standard error, as Textual does.
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise InputError(
            "The terminal interface requires a terminal.",
            remedy="Redirect none of its three streams. In scripts, use `tinylab --headless`.",
        )
    _check_terminal(here())
    if arguments.screenshot is not None:
        from tinylab.cli.files import picture_file

        picture_file(arguments.screenshot, "--screenshot").check()
    if arguments.given - {"screenshot"}:
        _check_data(_asked(arguments).plan())


def _check_data(plan: Plan) -> None:
    if plan.options.data is not None:
        from tinylab.bench.prepare.given_samples import check

        check(plan)


def _check_terminal(terminal: Terminal) -> None:
    instead = "or use `tinylab --headless`, which prints the same results as text."
    if not terminal.moves_cursor:
        kind = f"TERM is {terminal.kind}" if terminal.kind else "TERM is not set"
        raise InputError(
            f"The terminal interface requires a terminal with cursor control; {kind}.",
            remedy=f"Set TERM, for example to xterm-256color; {instead}",
        )
    if not terminal.writes_utf8:
        raise InputError(
            f"The terminal interface requires UTF-8; the encoding here is {terminal.encoding}.",
            remedy=f"Set LC_ALL=C.UTF-8 in a terminal with UTF-8; {instead}",
        )


def _asked(arguments: argparse.Namespace) -> StartRequest:
    """Options of the command line take precedence over saved ones, until tinylab is closed."""
    from tinylab.bench.plan.workloads import parse_runtimes
    from tinylab.screens.selection import StartRequest
    from tinylab.zoo.samples import files as sample_files

    saved = {one.name for one in OPTIONS}
    return StartRequest(
        models=arguments.model,
        on=arguments.on,
        options={name: getattr(arguments, name) for name in arguments.given & saved},
        runtimes=parse_runtimes(arguments.runtime, arguments.cubeai_dir),
        cubeai_dirs=arguments.cubeai_dir,
        data=sample_files.read(arguments.data) if arguments.data is not None else None,
        reset_state=arguments.reset_state,
        place=arguments.place,
    )
