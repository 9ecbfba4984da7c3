"""Entry point of the `tinylab` command. What a command needs is imported when it runs."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from tinylab.cli.arguments import parse
from tinylab.cli.command_table import BY_NAME
from tinylab.errors import ExitCode, TinylabError

SOFTWARE_ERROR = 70
"""EX_SOFTWARE of sysexits.h: a bug in tinylab, which no code of `ExitCode` stands for."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code and lets no exception out.

    With TINYLAB_DEBUG=1, errors keep their traceback.
    """
    _print_what_can_be()
    try:
        arguments = parse(argv)
        code = BY_NAME[arguments.command].run(arguments)
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
        return _report(error)
    return code


def _print_what_can_be() -> None:
    """Signs that the user's encoding does not have become `?`: no result is lost over one."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _report(error: Exception) -> int:
    from tinylab.cli.output import print_error

    if isinstance(error, TinylabError):
        print_error(error)
        return error.exit_code
    return report_bug(
        TinylabError(
            f"There is a mistake in tinylab: {type(error).__name__}: {error}.",
            remedy="Please report it, with what TINYLAB_DEBUG=1 prints.",
        )
    )


def report_bug(error: TinylabError) -> int:
    """Tells of a mistake in tinylab; the exit code for one."""
    from tinylab.cli.output import print_error

    print_error(error)
    return SOFTWARE_ERROR
