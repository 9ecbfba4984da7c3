"""Generated networks, compiled and run on the host with sanitizers, or compiled for Cortex-M."""

from __future__ import annotations

import runpy
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tinylab import paths
from tinylab.codegen.generate import Generated
from tinylab.zoo.network import Network

KERNELS = paths.platformio_projects() / "bench" / "lib" / "kernels"
KERNEL_FOLDERS = sorted(filter(Path.is_dir, KERNELS.iterdir()))
USED = KERNELS.parents[1] / "scripts" / "used_kernels.py"
APPLICATIONS = Path(__file__).parents[1] / "golden"
STRICT = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-Wshadow", "-Wconversion")
SANITIZED = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
CORTEX_M4 = ("-mthumb", "-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard")
CORTEX_M7 = ("-mthumb", "-mcpu=cortex-m7", "-mfpu=fpv5-d16", "-mfloat-abi=hard")


@dataclass(frozen=True)
class Compiler:
    """A compiler with its options, and a folder for its output."""

    command: str
    options: tuple[str, ...]
    folder: Path

    def objects(self, sources: Iterable[Path], *includes: Path) -> list[Path]:
        """Compile `sources` in one run; returns the object files."""
        made = self.folder / f"objects_{len(list(self.folder.iterdir()))}"
        made.mkdir()
        paths_in_order = sorted(sources)
        search = [f"-I{include}" for include in includes]
        self._call(["-c", *search, *map(str, paths_in_order)], made)
        return [made / f"{source.stem}.o" for source in paths_in_order]

    def program(self, name: str, objects: Iterable[Path]) -> Path:
        program = self.folder / name
        self._call([*map(str, objects), "-lm", "-o", str(program)], self.folder)
        return program

    def _call(self, arguments: list[str], where: Path) -> None:
        command = [self.command, *self.options, *arguments]
        done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def for_host(folder: Path) -> Compiler:
    if not shutil.which("gcc"):
        pytest.skip("no gcc for this machine: apt-get install gcc libc6-dev")
    return Compiler("gcc", (*STRICT, *SANITIZED, "-O1"), folder)


def for_board(folder: Path, machine: tuple[str, ...]) -> Compiler:
    return Compiler("arm-none-eabi-gcc", (*STRICT, *machine, "-O3"), folder)


def kernel_objects(compiler: Compiler) -> list[Path]:
    """Those of any core."""
    sources = [one for one in KERNELS.rglob("*.c") if not one.parent.name.startswith("cortex_")]
    return compiler.objects(sources, *KERNEL_FOLDERS)


def used_kernels(callers: Iterable[Path]) -> list[Path]:
    """The sources that the firmware's build chooses for a network of these sources."""
    chosen: list[Path] = runpy.run_path(str(USED))["used_kernels"](KERNELS, callers)
    return chosen


def network_objects(compiler: Compiler, generated: Generated, application: str) -> list[Path]:
    """The objects of the generated files and of an application from tests/golden."""
    folder = compiler.folder / f"network_{len(list(compiler.folder.iterdir()))}"
    folder.mkdir()
    for name, data in generated.files.items():
        (folder / name).write_bytes(data)
    sources = [*folder.glob("*.c"), APPLICATIONS / application]
    return compiler.objects(sources, folder, *KERNEL_FOLDERS)


def infer(program: Path, inputs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Runs tests/golden/cubeai_application.c on (count, *shape); gives (count, outputs)."""
    given = np.ascontiguousarray(inputs, np.float32).tobytes()
    done = subprocess.run([str(program)], input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return np.frombuffer(done.stdout, np.float32).reshape(len(inputs), -1)


def infer_stored(
    program: Path, network: Network, inputs: Sequence[npt.NDArray[Any]]
) -> list[npt.NDArray[Any]]:
    """Runs tests/golden/cubeai_stored_application.c: stored outputs (count, *shape) of each output
    for stored inputs (count, *shape) of each input."""
    samples = zip(*inputs, strict=True)
    given = b"".join(np.ascontiguousarray(one).tobytes() for sample in samples for one in sample)
    done = subprocess.run([str(program)], input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    record = np.dtype(
        [
            (f"output_{index}", network.type_of(name).number.dtype, network.shape_of(name))
            for index, name in enumerate(network.outputs)
        ]
    )
    records = np.frombuffer(done.stdout, record)
    return [records[name] for name in record.names or ()]
