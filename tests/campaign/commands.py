"""Commands of tinylab for campaigns: in this process, and what is wrong with how they ended."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

from tinylab.cli.main import main
from tinylab.errors import ExitCode

BUGS = ("Internal error", "Traceback (most recent call last)")
OF_THE_USERS = (ExitCode.OK, ExitCode.INPUT)


@dataclass(frozen=True)
class Ended:
    """A command's exit code and what it printed."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str

    def fault(self, allowed: Sequence[int] = OF_THE_USERS) -> str | None:
        """What is wrong with its end: another exit code, a bug, an error without a remedy."""
        told = " ".join(self.words)
        if any(bug in self.err + self.out for bug in BUGS):
            return f"{told}: a bug: {self.err[-300:]}"
        if self.code not in allowed:
            return f"{told}: exit code {self.code}: {self.err[-300:]}"
        if self.code != ExitCode.OK and len(self.err.splitlines()) < 2:
            return f"{told}: no remedy: {self.err[-300:]}"
        return None


def command(*words: str) -> Ended:
    """Runs the command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    return Ended(words, code, out.getvalue(), err.getvalue())


def first_fault(*ended: Ended) -> str | None:
    return next((fault for one in ended if (fault := one.fault()) is not None), None)
