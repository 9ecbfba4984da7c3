"""Each file of kernels has a head; the picture of docs/kernels.md shows its table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.plot_kernels import PAGE, PICTURE, drawn, totals
from tests.fakes.compiled import KERNELS

SOURCES = sorted(path for path in KERNELS.glob("*/*.[cS]") if path.parent.name != "interface")
FAST = [path for path in SOURCES if path.parent.name.startswith("cortex_")]


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def head(path: Path) -> str:
    """The comment that begins the file."""
    found = re.match(r"/\*(.*?)\*/", path.read_text(encoding="utf-8"), re.DOTALL)
    return re.sub(r"\s*\n \*\s*", " ", found[1]) if found else ""


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_the_head_says_where_shapes_and_layouts_are(path: Path) -> None:
    text = head(path)
    headers = re.findall(r"\btl_\w+\.h\b", text)
    stated = re.search(r"\[\w+[^\]]*\]|\w+\(.*\b\w+ \*\w+", text)
    assert headers or stated, "name the header that gives them, or give them"
    missing = [one for one in headers if not list(KERNELS.glob(f"*/{one}"))]
    assert not missing


@pytest.mark.parametrize("path", FAST, ids=name_of)
def test_the_head_of_a_kernel_for_a_core_gives_its_cycles(path: Path) -> None:
    text = head(path)
    assert re.search(r"\d[^.]* cycles|[Cc]ycles?: |cycles per MAC", text)
    missing = [
        one for one in re.findall(r"\btl_\w+\.S\b", text) if not list(KERNELS.glob(f"*/{one}"))
    ]
    assert not missing


def test_the_picture_shows_the_table_of_the_page() -> None:
    wanted = drawn(totals(PAGE.read_text(encoding="utf-8")))
    made = PICTURE.read_text(encoding="utf-8")
    assert made == wanted, "draw it anew: python -m scripts.plot_kernels"


def test_every_relative_time_is_in_the_picture() -> None:
    rows = totals(PAGE.read_text(encoding="utf-8"))
    made = drawn(rows)
    assert made.count('class="record"') - 1 == sum(one.record is not None for one in rows)
    assert made.count('class="st"') - 1 == sum(one.st is not None for one in rows)
