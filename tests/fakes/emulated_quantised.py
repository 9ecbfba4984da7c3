"""Generated networks of one quantised input and output, executed on an emulated core."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.fakes import compiled, qemu
from tests.fakes.emulated_images import WithHooks, without_hooks
from tests.fakes.qemu import Image, Machine
from tinylab.codegen.generate import Generated
from tinylab.zoo.network import elements

INPUTS = """
    .section .rodata
    .global given
    .balign 4
given:
    .incbin "inputs.bin"
"""
CANARY = 0x5A


def built(machine: Machine, folder: Path, generated: Generated, inputs: npt.NDArray[Any]) -> Image:
    """An image that runs the network on the stored `inputs` (n, *shape)."""
    for name, data in generated.files.items():
        (folder / name).write_bytes(data)
    (folder / "inputs.bin").write_bytes(
        b"".join(one.tobytes() + bytes(-one.nbytes % 4) for one in inputs)
    )
    application = compiled.APPLICATIONS / "qemu_stored_application.c"
    sources = [*folder.glob("*.c"), application]
    sources += compiled.used_kernels(sources)
    includes = [f"-I{one}" for one in (folder, *compiled.KERNEL_FOLDERS)]
    options = ("-O3", f"-DINFERENCES={len(inputs)}", *includes)
    return qemu.build(machine, folder, {"inputs.s": INPUTS}, [*options, *sources])


def infer(
    machine: Machine, folder: Path, generated: Generated, inputs: npt.NDArray[Any]
) -> npt.NDArray[np.int8]:
    """The stored int8 outputs (n, elements) for `inputs` (n, *shape), from the bare emulator."""
    image = built(machine, folder, generated, inputs)
    memory, _ = without_hooks(image)
    assert image.words(memory, "finished", 1) == len(inputs)
    size = elements(generated.network.output_shape)
    room = size // 4 * 4 + 4
    got = np.frombuffer(image.bytes(memory, "outputs", len(inputs) * room), np.int8)
    got = got.reshape(len(inputs), room)
    assert (got[:, size:] == CANARY).all()
    return got[:, :size]


def cycles(machine: Machine, folder: Path, generated: Generated, inputs: npt.NDArray[Any]) -> int:
    """Of an image that runs the network once, with its start."""
    hooked = WithHooks(built(machine, folder, generated, inputs))
    hooked.finish()
    return hooked.core.cycles
