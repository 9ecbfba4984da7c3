"""The firmware's sources with a defect."""

from __future__ import annotations

import shutil
from pathlib import Path

from tinylab import paths

UNDEFINED_INSTRUCTION = '__asm volatile("udf #0");'


def source_of(kernel: str, projects: Path) -> Path:
    """The file of the function `kernel` in a copy of the projects."""
    [source] = (projects / "bench" / "lib" / "kernels").rglob(f"{kernel}.c")
    return source


def projects_with(harm: str, copy: Path) -> Path:
    """A copy of the projects in the folder `copy`; its dense layer executes `harm` first."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(paths.platformio_projects(), copy)
    kernel = source_of("tl_dense_f32", copy)
    text = kernel.read_text()
    body = text.index("{", text.index("void tl_dense_f32")) + 1
    kernel.write_text(f"{text[:body]}\n  {harm}\n{text[body:]}")
    return copy


def projects_ending_with(kernel: str, harm: str, copy: Path) -> Path:
    """A copy of the projects in the folder `copy`; the function `kernel` executes `harm` last."""
    shutil.copytree(paths.platformio_projects(), copy)
    source = source_of(kernel, copy)
    text = source.read_text()
    end = text.index("\n}", text.index(f"void {kernel}("))
    source.write_text(f"{text[:end]}\n  {harm}{text[end:]}")
    return copy
