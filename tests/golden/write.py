"""The exports' golden files; `python -m tests.golden.write` writes them anew."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.records import session
from tinylab.cli.output import renderer

FOLDER = Path(__file__).resolve().parent / "export"
FORMATS = {
    "session.txt": "table",
    "session.md": "markdown",
    "session.csv": "csv",
    "session.json": "json",
    "session.html": ".html",
    "session.svg": ".svg",
}


def drawn(name: str) -> bytes:
    """What the golden file of that name must hold."""
    text = renderer(FORMATS[name])(session())
    return text.encode("utf-8") if isinstance(text, str) else text


if __name__ == "__main__":
    for golden in FORMATS:
        (FOLDER / golden).write_bytes(drawn(golden))
