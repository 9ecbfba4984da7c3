"""Cycles of each layer of generated networks, on emulated cores with memories like a board's.

`python -m tests.golden.cycles` writes those that `STANDINS` take, so that no change slows them
unseen.
"""

from __future__ import annotations

import functools
import itertools
import struct
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.fakes import compiled, networks, qemu
from tests.fakes.assembled_core import MARK, timing
from tests.fakes.networks import Recipe
from tests.fakes.qemu import FLASH_SIZE, RAM_SIZE, Image, Machine
from tests.fakes.tflite import mlperf_tiny
from tests.fakes.tflite.files import network_of
from tinylab.boards.board import Bus, Core
from tinylab.build.core_flags import FLAGS
from tinylab.codegen.compress import Compression
from tinylab.codegen.generate import Generated, generate
from tinylab.codegen.target import Target
from tinylab.sim.core.emulated_core import EmulatedCore, HostMemory, MemoryTiming, StopReason
from tinylab.stream import observer
from tinylab.zoo.network import Network
from tinylab.zoo.operations import CellFunction, Function, PoolKind

MACHINES = {one.core: replace(one, flash=0x0800_0000, ram=0x2000_0000) for one in qemu.MACHINES}
SETTINGS = {
    Core.CORTEX_M4: MemoryTiming(3, instruction_cache=True, data_cache=True, prefetch=True),
    Core.CORTEX_M7: MemoryTiming(3, instruction_cache=True, data_cache=True, bus_ratio=2),
    Core.CORTEX_M33: MemoryTiming(4, instruction_cache=True, prefetch=True),
}
"""Of the boards in `assembled_core.BOARDS` at their highest clock."""
ALIGNED = "-falign-functions=32"
"""So that a longer function does not move the others within the lines of caches."""


CELL: Mapping[str, Any] = {
    "activation": CellFunction.TANH,
    "gate": CellFunction.SIGMOID,
    "backwards": False,
}


def mobile() -> Network:
    """A small MobileNet of floats."""
    recipe = Recipe((32, 32, 3), name="mobile").conv(8, (3, 3), (2, 2), "same").relu()
    for filters, stride in ((16, 1), (24, 2), (24, 1), (48, 2)):
        recipe.depthwise((3, 3), (stride, stride), "same").relu().conv(filters, (1, 1)).relu()
    recipe.global_pool(PoolKind.AVERAGE).dense(10).activate(Function.SOFTMAX)
    return recipe.network()


def sequence() -> Network:
    """Recurrent layers."""
    recipe = Recipe((12, 6), name="sequence").lstm(10, sequences=True, **CELL)
    recipe.gru(8, sequences=False, reset_after=True, **CELL)
    return recipe.dense(4).activate(Function.TANH).network()


def quantised(name: str) -> Network:
    """The stand-in for a network of MLPerf Tiny."""
    with tempfile.TemporaryDirectory() as folder:
        return network_of(mlperf_tiny.NETWORKS[name](), Path(folder))


Made = Callable[[], Network]
STANDINS: Mapping[str, tuple[Made, Compression]] = {
    "house_price": (networks.house_price, Compression.NONE),
    "human_activity": (networks.human_activity, Compression.NONE),
    "human_activity_x4": (networks.human_activity, Compression.X4),
    "image_classification_x8": (networks.image_classification, Compression.X8),
    "mobile": (mobile, Compression.NONE),
    "sequence": (sequence, Compression.NONE),
    **{
        f"{name}_int8": (functools.partial(quantised, name), Compression.NONE)
        for name in ("ad01", "kws01", "ic01", "vww01")
    },
}


@dataclass(frozen=True)
class Timed:
    """Cycles of the second inference: by layer and kernel, and in all."""

    layers: Mapping[str, int]
    cycles: int


def compiler_version() -> str:
    """Of the compiler for the boards: `12.2.1`."""
    command = (compiled.for_board(Path(), ()).command, "-dumpfullversion")
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


class Laboratory:
    """Times networks on one core; compiles each kernel once."""

    def __init__(self, core: Core, folder: Path) -> None:
        self.core, self._folder = core, folder
        self._machine: Machine = MACHINES[core]
        self._objects: dict[Path, Path] = {}

    def time(self, name: str) -> Timed:
        make, compression = STANDINS[name]
        generated = generate(make(), compression, target=Target(self.core), observed=True)
        folder = self._folder / name
        folder.mkdir()
        image = self._image(folder, generated)
        marks = self._marks(image)
        names = [
            f"{number} {step.layers[0]} {step.kernel.call().function}"
            for number, step in enumerate(generated.program.steps, 1)
        ]
        names.append("rest")
        second = marks[len(marks) // 2 :]
        spent = [after - before for before, after in itertools.pairwise(second)]
        return Timed(dict(zip(names, spent, strict=True)), second[-1] - second[0])

    def _image(self, folder: Path, generated: Generated) -> Image:
        files = {**generated.files, observer.HEADER: observer.c_header().encode()}
        for name, data in files.items():
            (folder / name).write_bytes(data)
        sources = [*folder.glob("*.c"), compiled.APPLICATIONS / "qemu_timed_application.c"]
        used = compiled.used_kernels(sources)
        new = [one for one in used if one not in self._objects]
        self._objects.update(zip(new, self._compiled(new, self._folder), strict=True))
        network = generated.network
        [given] = network.inputs
        defined = {
            "INPUT_BYTES": generated.program.input_bytes[0],
            "OUTPUT_BYTES": generated.program.sizes[generated.program.outputs[0]],
            "FLOAT_INPUTS": int(given.type.is_float),
        }
        own = self._compiled(sources, folder, *(f"-D{name}={n}" for name, n in defined.items()))
        return qemu.build(self._machine, folder, {}, [*own, *(self._objects[one] for one in used)])

    def _compiled(self, sources: list[Path], folder: Path, *defined: str) -> list[Path]:
        """Objects with the flags that firmware of the bench has."""
        includes = [f"-I{one}" for one in (folder, *compiled.KERNEL_FOLDERS)]
        flags = ("-std=c11", "-O3", "-ffunction-sections", "-fdata-sections", ALIGNED)
        flags += (*FLAGS[self.core].split(), *self._machine.options)
        command = ["arm-none-eabi-gcc", *flags, *defined, *includes, "-c", *map(str, sources)]
        if sources:
            subprocess.run(command, cwd=folder, check=True)
        return [folder / f"{one.stem}.o" for one in sources]

    def _marks(self, image: Image) -> list[int]:
        """The cycles at each read of MARK."""
        machine, marks = self._machine, []
        flash = HostMemory.allocate(
            "flash", machine.flash, FLASH_SIZE, writable=False, bus=Bus.FLASH
        )
        ram = HostMemory.allocate("ram", machine.ram, RAM_SIZE, writable=True, bus=Bus.TIGHT)
        flash.buffer[: len(image.code)] = image.code

        def read(address: int, _size: int) -> int:
            if address == MARK:
                marks.append(core.cycles_now())
            return 0

        def ignore(*_: int) -> None:
            """Writes to devices."""

        core = EmulatedCore(self.core, [flash, ram], read, ignore, ignore, timing(self.core))
        core.configure(SETTINGS[self.core])
        core.reset(*struct.unpack("<II", image.code[:8]))
        reason = core.run()
        assert reason is StopReason.BREAKPOINT, (reason, core.fault)
        return marks


@contextmanager
def laboratory(core: Core) -> Iterator[Laboratory]:
    """One in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        yield Laboratory(core, Path(folder))
