"""The exports' golden files; `python -m tests.golden.write` writes them anew."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.records import session
from tinylab.export.renderers import renderer
from tinylab.options import formats

FOLDER = Path(__file__).resolve().parent / "export"
FORMATS = {
    f"session{row.suffix or f'.{row.name}.txt'}": row.name for row in formats.FORMATS if row.text
}
"""The golden file of each format that is text, and the format's name."""


def drawn(name: str) -> bytes:
    """What the golden file of that name must hold."""
    text = renderer(FORMATS[name])(session())
    return text.encode("utf-8") if isinstance(text, str) else text


if __name__ == "__main__":
    for golden in FORMATS:
        (FOLDER / golden).write_bytes(drawn(golden))
