"""Entry point of the `tinylab` command. What a command needs is imported when it runs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from tinylab.cli import log_lines, streams
from tinylab.cli.arguments import parse, unparsed
from tinylab.cli.command_table import BY_NAME
from tinylab.errors import ExitCode, InternalError, TinylabError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code and lets no exception out.

    With TINYLAB_DEBUG=1, errors keep their traceback.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    with streams.guarded(), log_lines.shown_by(log_lines.on_stderr):
        return streams.flushed(_run(words))


def _run(words: Sequence[str]) -> int:
    """The exit code of the command."""
    arguments: argparse.Namespace | None = None
    try:
        try:
            arguments = parse(words)
        except SystemExit:  # after --help and --version
            return ExitCode.OK
        return BY_NAME[arguments.command].run(arguments)
    except KeyboardInterrupt:
        print("tinylab: interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except Exception as error:
        if os.environ.get("TINYLAB_DEBUG"):
            raise
        return _report(error, arguments or unparsed(words))


def _report(error: Exception, arguments: argparse.Namespace) -> int:
    """Prints the error; where JSON was asked for, it is also the document on stdout."""
    from tinylab.cli.output import print_error, print_error_document, wants_json

    told = error if isinstance(error, TinylabError) else _bug(error)
    print_error(told)
    if wants_json(arguments):
        print_error_document(told)
    return told.exit_code


def _bug(error: Exception) -> InternalError:
    return InternalError.of(error, remedy="Please report it, with what TINYLAB_DEBUG=1 prints.")
