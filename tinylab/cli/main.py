"""Entry point of the `tinylab` command. What a command needs is imported when it runs."""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tinylab.cli import log_lines, streams
from tinylab.cli.arguments import parse, unparsed
from tinylab.cli.command_table import BY_NAME
from tinylab.errors import ExitCode, InternalError, TinylabError

COLLECT_AFTER = 20_000
"""New objects between two garbage collections. Python's 700 is little for a program whose modules
make a million objects that all stay."""

# When the process ends, the interpreter would look for garbage in all of them several times.
atexit.register(gc.freeze)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code and lets no exception out.

    With TINYLAB_DEBUG=1, errors keep their traceback.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    with _rare_collections(), streams.guarded(), log_lines.shown_by(log_lines.on_stderr):
        return streams.flushed(_run(words))


@contextmanager
def _rare_collections() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


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
