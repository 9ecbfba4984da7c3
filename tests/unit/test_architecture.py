"""The layout that docs/architecture.md shows, and the map in each folder's `__init__`."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.golden.folders import FOLDERS, PAGE, ROOT, TABLE, docstring, name_of, table

MOST_FILES = 25
MOST_LINES = 400
SOURCES = sorted(
    path for top in ("tinylab", "tests", "benchmarks") for path in (ROOT / top).rglob("*.py")
)


def contents(folder: Path) -> list[str]:
    """Modules and folders of code, without `__init__`."""
    modules = [
        path.stem for path in folder.glob("*.py") if path.stem not in ("__init__", "__main__")
    ]
    return sorted(modules + [path.parent.name for path in folder.glob("*/__init__.py")])


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_the_map_of_a_folder_names_all_that_is_in_it(folder: Path) -> None:
    named = re.findall(r"`([\w*.]+?)(?:\.\w+)?`", docstring(folder))
    missing = [one for one in contents(folder) if not any(fnmatch(one, name) for name in named)]
    assert not missing, f"name them in the docstring of {name_of(folder)}/__init__.py"


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_the_map_of_a_folder_names_nothing_else(folder: Path) -> None:
    """A line that begins with a name speaks of a module, and it must be there."""
    led = re.findall(r"^- `([\w*]+)`", docstring(folder), re.MULTILINE)
    gone = [name for name in led if not any(fnmatch(one, name) for one in contents(folder))]
    assert not gone


def test_architecture_lists_every_folder_with_its_sentence() -> None:
    shown = TABLE.findall(PAGE.read_text(encoding="utf-8"))
    assert shown == [table()], "`python -m tests.golden.folders` writes it"


@pytest.mark.parametrize("folder", sorted({path.parent for path in SOURCES}), ids=name_of)
def test_no_folder_is_too_large(folder: Path) -> None:
    assert len(list(folder.glob("*.py"))) <= MOST_FILES + 1, "make folders by subject"


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_no_file_is_too_long(source: Path) -> None:
    assert len(source.read_text(encoding="utf-8").splitlines()) <= MOST_LINES
