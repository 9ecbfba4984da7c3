"""Log lines and warnings of libraries, shown as tinylab's own narration is, each once.

By default `logging` and `warnings` print them bare, between progress lines and across bars.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tinylab.display_text import visible

Show = Callable[[str], None]


@contextmanager
def shown_by(show: Show) -> Iterator[None]:
    """Meanwhile `show` is called with each line, from any thread. The innermost one counts."""
    root, lines = logging.getLogger(), _Lines(show)
    outer = [handler for handler in root.handlers if isinstance(handler, _Lines)]
    for handler in outer:
        root.removeHandler(handler)
    root.addHandler(lines)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        root.removeHandler(lines)
        for handler in outer:
            root.addHandler(handler)
        logging.captureWarnings(bool(outer))


def on_stderr(text: str) -> None:
    """A `Show` that prints."""
    print(f"{visible(text)}\n", end="", file=sys.stderr, flush=True)


class _Lines(logging.Handler):
    """`  sim:nucleo_wb55rg: read from 0xe0042000, where no peripheral is emulated`."""

    def __init__(self, show: Show) -> None:
        super().__init__(logging.WARNING)
        self._show = show
        self._shown: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        station = re.fullmatch(r"\w+ on (\S+)", record.threadName or "")
        text = " ".join(record.getMessage().split())
        line = f"  {station[1]}: {text}" if station else f"  {text}"
        if line not in self._shown:
            self._shown.add(line)
            with suppress(Exception):  # the library that logs goes on
                self._show(line)
