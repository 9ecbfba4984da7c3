"""Finds the Arm compiler and asks it for its version, once."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec

from tinylab import paths
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
    """The compiler to use: TINYLAB_ARM_TOOLCHAIN, PATH, or a PlatformIO package in `packages`.

    Raises NoCompiler when there is none, or when it has no C library.
    """
    named = os.environ.get(VARIABLE)
    folders = [named, os.path.join(named, "bin")] if named else os.get_exec_path()
    if not named:
        folders.append(str(packages / "toolchain-gccarmnoneeabi" / "bin"))
    found = shutil.which(COMPILER, path=os.pathsep.join(folders))
    if found is None:
        where = f"in {named}, which {VARIABLE} names" if named else "on this machine"
        raise NoCompiler(f"There is no {COMPILER} {where}.", remedy=REMEDY)
    # Absolute, because PlatformIO runs in another folder.
    return _known(Path(found).absolute())


@dataclass(frozen=True)
class _Answer:
    """What a compiler said, and which: its path, and when its file was changed, in ns."""

    stamp: tuple[str, int]
    version: str


def _known(path: Path) -> Compiler:
    """`path` with its version; the answer is kept as long as the file does not change."""
    record = paths.cache() / "compiler.json"
    stamp = str(path), path.stat().st_mtime_ns
    try:
        known = msgspec.json.decode(record.read_bytes(), type=_Answer)
    except (OSError, msgspec.DecodeError):
        known = None
    if known is not None and known.stamp == stamp:
        return Compiler(path, known.version)
    compiler = _ask(path)
    with NamedTemporaryFile("w", dir=record.parent, delete=False, encoding="utf-8") as fresh:
        json.dump({"stamp": stamp, "version": compiler.version}, fresh)
    os.replace(fresh.name, record)
    return compiler


def _ask(path: Path) -> Compiler:
    library = _answer(path, "-print-file-name=nano.specs")
    if not os.path.isabs(library):
        raise NoCompiler(f"{path} has no C library (newlib).", remedy=REMEDY)
    line = _answer(path, "--version").partition("\n")[0]
    # `arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205`; Arm's own has brackets in brackets.
    version = re.search(r"\d+\.\d+\.\d+( \d{8})?(?!.*\d\.\d)", line)
    return Compiler(path, f"{COMPILER} {version[0]}" if version else line)


def _answer(path: Path, question: str) -> str:
    try:
        run = subprocess.run(
            [path, question], capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError) as exc:
        raise NoCompiler(f"{path} does not run.", remedy=REMEDY, details=str(exc)) from exc
    return run.stdout.strip()
