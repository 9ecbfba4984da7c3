"""ST's own tools, which are optional."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from tinylab.bench.doctor.check import Check, CheckState, DoctorContext
from tinylab.codegen.st_tool import installation
from tinylab.errors import NoTool

PROGRAMMER = "STM32_Programmer_CLI"
PROGRAMMER_PLACES = (
    "~/STMicroelectronics/STM32Cube/STM32CubeProgrammer/bin",
    "/usr/local/STMicroelectronics/STM32Cube/STM32CubeProgrammer/bin",
    "/opt/st/STM32CubeProgrammer/bin",
    "/Applications/STMicroelectronics/STM32Cube/STM32CubeProgrammer/"
    "STM32CubeProgrammer.app/Contents/MacOs/bin",
    "C:/Program Files/STMicroelectronics/STM32Cube/STM32CubeProgrammer/bin",
)
"""The installer's default folders."""


def examine(around: DoctorContext) -> Iterator[Check]:
    """The AI tool and the programmer; neither is started, because that takes seconds."""
    yield _ai()
    found = _first((PROGRAMMER,), [*os.get_exec_path(), *PROGRAMMER_PLACES])
    if found is not None:
        yield Check("STM32CubeProgrammer", CheckState.OK, str(found))
    else:
        yield Check(
            "STM32CubeProgrammer",
            CheckState.NOT_NEEDED,
            "Not found. It updates the firmware of probes, and removes flash protection that "
            "`tinylab option-bytes` cannot remove.",
        )


def _ai() -> Check:
    name = "ST's AI tool"
    try:
        tool = installation.locate()
    except NoTool as error:
        return Check(name, CheckState.WARNING, error.message, error.remedy)
    if tool is not None:
        return Check(name, CheckState.OK, str(tool))
    return Check(name, CheckState.NOT_NEEDED, str(installation.none_here()))


def _first(names: Sequence[str], folders: Sequence[str]) -> Path | None:
    where = os.pathsep.join(str(Path(folder).expanduser()) for folder in folders)
    found = (shutil.which(name, path=where) for name in names)
    return next((Path(path) for path in found if path), None)
