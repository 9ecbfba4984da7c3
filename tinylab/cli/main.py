"""Entry point of the `tinylab` command. What a command needs is imported when it runs."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from tinylab.cli.arguments import parse
from tinylab.cli.command_table import BY_NAME
from tinylab.errors import ExitCode, InternalError, TinylabError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code and lets no exception out.

    With TINYLAB_DEBUG=1, errors keep their traceback.
    """
    _print_what_can_be()
    arguments: argparse.Namespace | None = None
    try:
        arguments = parse(argv)
        code = BY_NAME[arguments.command].run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has gone; this prevents an error from Python at exit.
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
    """Characters that the user's encoding does not support become `?`; no result is lost."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _report(error: Exception, arguments: argparse.Namespace | None = None) -> int:
    """Prints the error; where JSON was asked for, it is also the document on stdout."""
    from tinylab.cli.output import print_error, print_error_document, wants_json

    told = error if isinstance(error, TinylabError) else _bug(error)
    print_error(told)
    if arguments is not None and wants_json(arguments):
        print_error_document(told)
    return told.exit_code


def _bug(error: Exception) -> InternalError:
    return InternalError.of(error, remedy="Please report it, with what TINYLAB_DEBUG=1 prints.")
