"""Standard output and standard error, of which one that fails costs nothing else.

Everything is printed to `sys.stdout` and `sys.stderr` as usual, also by argparse, Rich, `warnings`
and `logging`. While `guarded` lasts, printing never raises: the first failure of a stream is kept,
and what follows is dropped. So files, database, comparison and exit code are as without it.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, TextIO, TypeVar, cast

from tinylab.display_text import ascii_of
from tinylab.errors import OutputError

T = TypeVar("T")
GONE = (errno.EPIPE, errno.ECONNRESET)
"""The reader has ended, as in `tinylab boards | head -1`. That is no error."""


IN_ASCII = "tinylab.in_ascii"
"""How the streams encode what the user's encoding lacks: `us` for `µs`."""


class _Unfailing(io.RawIOBase):
    """What is below `stream`: `raw`, which may fail."""

    def __init__(self, stream: TextIO, raw: io.RawIOBase) -> None:
        self._stream = stream
        self._raw = raw
        self.failure: OSError | None = None

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    def write(self, data) -> int:  # type: ignore[no-untyped-def]
        rest = memoryview(data)
        while rest and self.failure is None:
            try:
                count = self._raw.write(rest)
                if count is None:  # another program has set the pipe non-blocking, and it is full
                    select.select([], [self._raw], [])
                rest = rest[count or 0 :]
            except OSError as error:
                self.failure = error
        return len(data)


@contextmanager
def guarded() -> Iterator[None]:
    """Printing raises nothing until the end; streams that are closed lead to the null device."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        # In this order they get the numbers 0 to 2 again. Else the next file opened would get one,
        # and with it what other libraries print.
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - stays open
    codecs.register_error(IN_ASCII, _in_ascii)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=IN_ASCII)
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _unfailing(sys.stdout), _unfailing(sys.stderr)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = before


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return ascii_of(error.object[error.start : error.end]), error.end


@contextmanager
def deferred(narrate: Callable[[T], None]) -> Iterator[Callable[[T], None]]:
    """`narrate`, whose first exception is raised at the end: a session continues without it."""
    broken: list[Exception] = []

    def safely(event: T) -> None:
        if not broken:
            try:
                narrate(event)
            except Exception as error:  # noqa: BLE001 - a bug in narration is kept until the end
                broken.append(error)

    yield safely
    if broken:
        raise broken[0]


def flushed(code: int) -> int:
    """The exit code of a command that would be `code`, after everything is printed.

    An error on stderr if standard output could not be written, and the code of bad input then,
    unless `code` is greater.
    """
    sys.stdout.flush()
    failure = _failure(sys.stdout)
    if failure is None or failure.errno in GONE:
        return code
    from tinylab.cli.output import print_error

    error = OutputError(
        f"Standard output cannot be written: {failure.strerror or failure}.",
        remedy="Redirect it elsewhere. Files named with -o are not affected.",
    )
    print_error(error)
    return max(code, error.exit_code)


def _failure(stream: TextIO) -> OSError | None:
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    return raw.failure if isinstance(raw, _Unfailing) else None


def _unfailing(stream: TextIO) -> TextIO:
    """`stream` without failures. One without a file, as in a test, is returned as it is."""
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    if not isinstance(stream, io.TextIOWrapper) or not isinstance(raw, io.RawIOBase):
        return stream
    with suppress(OSError):
        stream.flush()
    unfailing = _Unfailing(stream, raw)
    # With PYTHONUNBUFFERED there is no buffer.
    below = unfailing if buffer is raw else io.BufferedWriter(unfailing)
    return io.TextIOWrapper(
        cast("BinaryIO", below),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
