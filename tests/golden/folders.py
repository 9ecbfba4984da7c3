"""The table of folders in docs/architecture.md; `python -m tests.golden.folders` writes it anew."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"
FOLDERS = sorted(path.parent for path in (ROOT / "tinylab").rglob("__init__.py"))
TABLE = re.compile(r"(?<=^\|---\|---\|\n)(?:\| `tinylab[\w/]*/` \| .+ \|\n)+", re.MULTILINE)


def name_of(path: Path) -> str:
    """`tinylab/sim/cycles`."""
    return path.relative_to(ROOT).as_posix()


def docstring(folder: Path) -> str:
    """That of its `__init__`."""
    return ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""


def table() -> str:
    """A row for each folder: its name, and the first paragraph of its docstring on one line."""
    sentences = {name_of(one): " ".join(docstring(one).split("\n\n")[0].split()) for one in FOLDERS}
    return "".join(f"| `{name}/` | {sentence} |\n" for name, sentence in sentences.items())


if __name__ == "__main__":
    PAGE.write_text(TABLE.sub(lambda _: table(), PAGE.read_text("utf-8")), encoding="utf-8")
