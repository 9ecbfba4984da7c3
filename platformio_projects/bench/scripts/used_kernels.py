"""Which kernels a network requires, so that only these are compiled."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

DEFINED = {
    ".c": re.compile(r"^(?!static)\w[\w \t*]*?\b(\w+)\(", re.MULTILINE),
    ".S": re.compile(r"^\.global (\w+)", re.MULTILINE),
}
NAMED = re.compile(r"\b[A-Za-z_]\w*")


def used_kernels(kernels: Path, callers: Iterable[Path]) -> list[Path]:
    """The sources in `kernels` whose functions are named in `callers`, or in one of these sources.

    They may be in folders, and are sorted by name. A function's definition begins its line, with
    its return type; in assembly, with `.global`.
    """
    sources = sorted(path for path in kernels.rglob("*") if path.suffix in DEFINED)
    texts = {source: source.read_text(encoding="utf-8") for source in sources}
    defined = {
        name: source
        for source, text in texts.items()
        for name in DEFINED[source.suffix].findall(text)
    }
    used: set[Path] = set()
    waiting = [caller.read_text(encoding="utf-8", errors="replace") for caller in callers]
    while waiting:
        named = {defined[name] for name in NAMED.findall(waiting.pop()) if name in defined}
        waiting += [texts[source] for source in named - used]
        used |= named
    return sorted(used, key=lambda source: source.name)
