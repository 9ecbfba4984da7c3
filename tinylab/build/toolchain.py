"""Finds the Arm compiler and reads its version, once."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tinylab import atomic_files, child_environment, paths
from tinylab.errors import NoCompiler

COMPILER = "arm-none-eabi-gcc"
VARIABLE = "TINYLAB_ARM_TOOLCHAIN"
REMEDY = (
    "Install it: sudo apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi; "
    f"or set {VARIABLE} to the folder of an Arm GNU toolchain."
)


@dataclass(frozen=True)
class Compiler:
    """The compiler's path and its version as one line: `arm-none-eabi-gcc 12.2.1 20221205`."""

    path: Path
    version: str


def find_compiler(packages: Path) -> Compiler:
    """The compiler from TINYLAB_ARM_TOOLCHAIN, PATH, or a PlatformIO package in `packages`.

    Raises NoCompiler if there is none or its C library is missing.
    """
    named = os.environ.get(VARIABLE)
    folders = [named, os.path.join(named, "bin")] if named else os.get_exec_path()
    if not named:
        folders.append(str(packages / "toolchain-gccarmnoneeabi" / "bin"))
    found = shutil.which(COMPILER, path=os.pathsep.join(folders))
    if found is None:
        where = f"in {named} (from {VARIABLE})" if named else "on this machine"
        raise NoCompiler(f"{COMPILER} was not found {where}.", remedy=REMEDY)
    # Absolute, because PlatformIO runs in another folder.
    return _with_version(Path(found).absolute())


@dataclass(frozen=True)
class _Query:
    """The version that a compiler printed; `stamp` is its path and when its file changed, in ns."""

    stamp: tuple[str, int]
    version: str


def _with_version(path: Path) -> Compiler:
    """`path` with its version, which is cached until the file changes."""
    record = paths.cache() / "compiler.json"
    stamp = str(path), path.stat().st_mtime_ns
    try:
        known = msgspec.json.decode(record.read_bytes(), type=_Query)
    except (OSError, msgspec.DecodeError):
        known = None
    if known is not None and known.stamp == stamp:
        return Compiler(path, known.version)
    compiler = _query(path)
    with suppress(OSError):  # a cache that is full or read-only: it is asked again
        atomic_files.write(record, json.dumps({"stamp": stamp, "version": compiler.version}))
    return compiler


def _query(path: Path) -> Compiler:
    library = _output_of(path, "-print-file-name=nano.specs")
    if not os.path.isabs(library):
        raise NoCompiler(f"{path} has no C library (newlib).", remedy=REMEDY)
    line = _output_of(path, "--version").partition("\n")[0]
    # `arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205`; Arm's own has nested brackets.
    version = re.search(r"\d+\.\d+\.\d+( \d{8})?(?!.*\d\.\d)", line)
    return Compiler(path, f"{COMPILER} {version[0]}" if version else line)


def _output_of(path: Path, option: str) -> str:
    try:
        run = subprocess.run(
            [path, option],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            env=child_environment.minimal(LC_ALL="C"),
        )
    except (OSError, subprocess.SubprocessError) as exc:
        raise NoCompiler(f"{path} cannot be run.", remedy=REMEDY, details=str(exc)) from exc
    return run.stdout.strip()
