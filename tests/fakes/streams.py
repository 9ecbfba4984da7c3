"""Standard streams that fail, and commands that print on them."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest

from tinylab.cli.main import main


@contextmanager
def full() -> Iterator[TextIO]:
    """A stream on a full disk."""
    stream = open("/dev/full", "w", encoding="utf-8")  # noqa: SIM115
    yield stream
    stream.detach().detach().close()


@contextmanager
def left() -> Iterator[TextIO]:
    """A pipe whose reader has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    stream = open(writing, "w", encoding="utf-8")  # noqa: SIM115
    yield stream
    stream.detach().detach().close()


FAILING = pytest.mark.parametrize("failing", [full, left], ids=["full", "left"])


def outcome(words: list[str], **streams: TextIO) -> tuple[int, str, str]:
    """The exit code of `tinylab WORDS` with these streams, and what the others got."""
    with pytest.MonkeyPatch.context() as patch:
        got = {name: streams.get(name, io.StringIO()) for name in ("stdout", "stderr")}
        for name, stream in got.items():
            patch.setattr(sys, name, stream)
        code = main(words)
    out, err = (s.getvalue() if isinstance(s, io.StringIO) else "" for s in got.values())
    return code, out, err
