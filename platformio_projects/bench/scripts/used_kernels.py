"""Which kernels a network requires, so that only these are compiled."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

DEFINED = re.compile(r"^(?!static)\w[\w \t*]*?\b(\w+)\(", re.MULTILINE)
NAMED = re.compile(r"\b[A-Za-z_]\w*")


def used_kernels(kernels: Path, callers: Iterable[Path]) -> list[Path]:
    """The .c files of `kernels` whose functions are named in `callers`, or in one of these files.

    Sorted by name. A function's definition begins its line, with its return type.
    """
    texts = {source: source.read_text(encoding="utf-8") for source in sorted(kernels.glob("*.c"))}
    defined = {name: source for source, text in texts.items() for name in DEFINED.findall(text)}
    used: set[Path] = set()
    waiting = [caller.read_text(encoding="utf-8", errors="replace") for caller in callers]
    while waiting:
        named = {defined[name] for name in NAMED.findall(waiting.pop()) if name in defined}
        waiting += [texts[source] for source in named - used]
        used |= named
    return sorted(used)
