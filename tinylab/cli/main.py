"""Entry point of the `tinylab` command. What a command needs is imported when it runs."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tinylab.cli.arguments import parser, refuse_stray
from tinylab.errors import ExitCode, InputError, InternalError, TinylabError
from tinylab.settings import OPTIONS, Value

if TYPE_CHECKING:
    from tinylab.screens.selection import StartRequest


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code and lets no exception out.

    With TINYLAB_DEBUG=1, errors keep their traceback.
    """
    _print_what_can_be()
    arguments: argparse.Namespace | None = None
    try:
        arguments = parser().parse_args(argv)
        code = _dispatch(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has gone; Python must not complain of it at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except KeyboardInterrupt:
        print("tinylab: interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except Exception as error:
        if os.environ.get("TINYLAB_DEBUG"):
            raise
        return _report(error, arguments)
    return code


def _print_what_can_be() -> None:
    """Signs that the user's encoding does not have become `?`: no result is lost over one."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _report(error: Exception, arguments: argparse.Namespace | None = None) -> int:
    """Tells the error; where JSON was asked for, it is the document on stdout."""
    from tinylab.cli.output import print_error, print_error_document, wants_json

    told = error if isinstance(error, TinylabError) else _bug(error)
    print_error(told)
    if arguments is not None and wants_json(arguments):
        print_error_document(told)
    return told.exit_code


def _bug(error: Exception) -> InternalError:
    return InternalError.of(error, remedy="Please report it, with what TINYLAB_DEBUG=1 prints.")


def _dispatch(arguments: argparse.Namespace) -> int:
    if arguments.command == "export":
        from tinylab.cli.export import export

        return export(arguments)
    if arguments.command == "models":
        from tinylab.cli.models import models

        return models(arguments)
    if arguments.command == "option-bytes":
        from tinylab.cli.option_bytes import option_bytes

        return option_bytes(arguments)
    if arguments.command is not None:
        from tinylab.cli.commands import COMMANDS

        return COMMANDS[arguments.command](arguments)
    if arguments.headless and arguments.firmware is not None:
        from tinylab.cli.firmware import firmware

        return firmware(arguments)
    refuse_stray(arguments)
    if arguments.headless:
        from tinylab.cli.headless import headless

        return headless(arguments)
    return _interface(arguments)


def _interface(arguments: argparse.Namespace) -> int:
    from tinylab.boards import catalog

    only_headless = {
        "--output": arguments.output,
        "--format": arguments.format,
        "--baseline": arguments.baseline,
        "--max-regress": arguments.max_regress,
        "--wait": arguments.wait,
    }
    for flag, given in only_headless.items():
        if given not in (None, []):
            raise InputError(f"{flag} goes with --headless.", remedy="Add --headless.")
    if arguments.cubeai_dir and not arguments.model:
        raise InputError(
            "In the terminal interface --cubeai-dir needs the model that its code is of.",
            remedy="Add --model, or --headless to run the code alone.",
        )
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError(
            "The terminal interface needs a terminal.", remedy="Add --headless for scripts."
        )
    if arguments.screenshot is not None:
        from tinylab.cli.files import picture_file

        picture_file(arguments.screenshot, "--screenshot").check()
    # Mistakes are told before a screen is opened.
    catalog.all_boards()
    what = arguments.model or arguments.on or arguments.runtime or arguments.cubeai_dir
    if what or _given(arguments):
        _asked(arguments).plan()
    from tinylab.app import run_app

    closed = run_app(lambda: _asked(arguments), arguments.screenshot)
    if closed.document is not None:
        from tinylab.cli.output import print_document

        print_document(closed.document, "table")
    if closed.broken is None:
        return ExitCode.OK
    _report(closed.broken)
    return ExitCode.INTERNAL


def _asked(arguments: argparse.Namespace) -> StartRequest:
    from tinylab.bench.plan.workloads import parse_runtimes
    from tinylab.screens.selection import StartRequest

    given = _given(arguments)
    return StartRequest(
        models=tuple(arguments.model),
        on=tuple(arguments.on),
        options=given,
        runtimes=parse_runtimes(arguments.runtime, arguments.cubeai_dir),
        cubeai_dirs=tuple(arguments.cubeai_dir),
    )


def _given(arguments: argparse.Namespace) -> dict[str, Value]:
    """Options on the command line; they outweigh the saved ones until tinylab is closed."""
    values = {one.name: getattr(arguments, one.name) for one in OPTIONS if one.flag}
    # By identity: `--warmup 0` is given, and 0 equals False.
    return {k: value for k, value in values.items() if value is not None and value is not False}
