"""Creates PlatformIO's core folder so that PlatformIO does not need its package registry."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import version
from pathlib import Path

from tinylab import atomic_files, paths
from tinylab.build import safe_folder

# PlatformIO runs `scons.py` of its package tool-scons; this one runs SCons from PyPI.
TOOL = "packages/tool-scons"
FILES = ("scons.py", "package.json", ".piopm")
STATE = "appstate.json"
SCONS = "import sys\n\nimport SCons.Script\n\nsys.exit(SCons.Script.main())\n"


def tool_versions() -> str:
    """`platformio 6.2.0, scons 4.11.1`."""
    return f"platformio {version('platformio')}, scons {version('scons')}"


def home() -> Path:
    """The folder with PlatformIO's core folder and the workspaces.

    There is one for each pair of versions: a PlatformIO that finds another version's folder
    accesses the network to upgrade it. It is in the cache, unless that has a name that a build
    cannot bear. Raises BuildError when there is no other place.
    """
    name = f"platformio-{version('platformio')}-{version('scons')}"
    return safe_folder.for_cache(paths.cache() / name)


def core_folder() -> Path:
    return home() / "core"


def provide_core() -> Path:
    """PlatformIO's core folder, created atomically if it does not exist."""
    core = core_folder()
    if _is_whole(core):
        return core
    try:
        if core.exists() and not _is_whole(core):
            shutil.rmtree(core)
        with atomic_files.new_folder(core) as fresh:
            _write_scons_package(fresh / TOOL)
            # PlatformIO checks whether this folder exists and then creates it; of two processes
            # that do so at the same time, one fails.
            (fresh / ".cache" / "downloads").mkdir(parents=True)
            # Otherwise PlatformIO prints its welcome text.
            _write_json(fresh / STATE, {"last_version": version("platformio")})
    except OSError:
        # Another process may have created it first.
        if not _is_whole(core):
            raise
    return core


def _is_whole(core: Path) -> bool:
    """Among temporary files, some may have been removed for their age."""
    return all((core / name).is_file() for name in (STATE, *(f"{TOOL}/{file}" for file in FILES)))


def _write_scons_package(folder: Path) -> None:
    folder.mkdir(parents=True)
    number = scons_package_version(version("scons"))
    (folder / "scons.py").write_text(SCONS, encoding="utf-8")
    _write_json(folder / "package.json", {"name": "tool-scons", "version": number})
    metadata = {
        "type": "tool",
        "name": "tool-scons",
        "version": number,
        "spec": {"owner": "platformio", "id": None, "name": "tool-scons"}
        | {"requirements": None, "uri": None},
    }
    _write_json(folder / ".piopm", metadata)


def scons_package_version(scons: str) -> str:
    """The registry's number for a version of SCons: `4.11.1` -> `4.41101.0`."""
    major, minor, patch = [int(part) for part in [*scons.split("."), "0", "0"][:3]]
    return f"{major}.{major}{minor:02}{patch:02}.0"


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")
