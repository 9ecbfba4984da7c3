"""Searches for ST's tool: folders, and the executables and libraries in them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

VARIABLES = ("STEDGEAI_CORE_DIR", "X_CUBE_AI_DIR")
"""ST's variables for the folder of an installation; the first has precedence."""
NAMES = ("stedgeai", "stm32ai")
"""The newer one first; no installation should have both."""

PACKS = "Packs/STMicroelectronics/X-CUBE-AI/*"
"""Below CubeMX's repository: `CUBE_FW_DIR`, or else `~/STM32Cube/Repository`."""
OF_HOME = ("STEdgeAI/*", "ST/STEdgeAI/*")
OF_THE_MACHINE = ("/opt/ST/STEdgeAI/*", "/Applications/ST/STEdgeAI/*", "C:/ST/STEdgeAI/*")
"""Default folders of ST Edge AI Core's installer; 4.0 adds another level for its version."""

_SYSTEMS = {"darwin": ("mac", "macarm"), "win32": ("windows",)}


def in_folder(folder: Path) -> Path | None:
    """The executable in the folder of an installation, or in its `Utilities`."""
    systems = _SYSTEMS.get(sys.platform, ("linux",))
    inside = [folder / "Utilities" / system for system in systems]
    for place in (*inside, folder, *(folder / system for system in systems)):
        for name in NAMES:
            for file in (place / name, place / f"{name}.exe"):
                if file.is_file():
                    return file
    return None


def on_path() -> Iterator[Path]:
    """The executables of either name on the PATH."""
    for name in NAMES:
        found = shutil.which(name)
        if found is not None:
            yield Path(found)


def usual() -> Iterator[Path]:
    """The executables in the default folders."""
    repository = os.environ.get("CUBE_FW_DIR")
    home = Path.home()
    packs = Path(repository) if repository else home / "STM32Cube" / "Repository"
    patterns = [str(packs / PACKS), *(str(home / one) for one in OF_HOME), *OF_THE_MACHINE]
    for pattern in patterns:
        for folder in _glob(pattern):
            nested = [folder, *_glob(str(folder / "*"))] if "STEdgeAI" in pattern else [folder]
            yield from filter(None, map(in_folder, nested))


def _glob(pattern: str) -> list[Path]:
    """The folders that match `pattern`, which has one star at its end."""
    parent = Path(pattern).parent
    try:
        return sorted(path for path in parent.iterdir() if path.is_dir())
    except OSError:
        return []


def middlewares(executable: Path) -> Path | None:
    """`Middlewares/ST/AI` of the executable's installation; None if there is none.

    The executable is in `Utilities/<system>`, as ST's model zoo expects, or above.
    """
    for parent in executable.resolve().parents[:3]:
        library = parent / "Middlewares" / "ST" / "AI"
        if library.is_dir():
            return library
    return None
