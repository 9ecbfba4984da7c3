"""Generated networks of one input and output, of floats or int8, executed on an emulated core."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.fakes import compiled, qemu
from tests.fakes.emulated_images import without_hooks
from tests.fakes.qemu import Image, Machine
from tinylab.codegen.generate import Generated
from tinylab.zoo.network import Network, elements

INPUTS = """
    .section .rodata
    .global given
    .balign 4
given:
    .incbin "inputs.bin"
"""
Values = npt.NDArray[np.float32]
CANARY = 0x5A
"""Around stored outputs."""


def built(
    machine: Machine,
    folder: Path,
    generated: Generated,
    inputs: npt.NDArray[Any],
    application: str = "qemu_application.c",
) -> Image:
    """An image that runs the network on `inputs` (n, *shape), each filled up to whole words."""
    for name, data in generated.files.items():
        (folder / name).write_bytes(data)
    words = (one.tobytes() + bytes(-one.nbytes % 4) for one in inputs)
    (folder / "inputs.bin").write_bytes(b"".join(words))
    sources = [*folder.glob("*.c"), compiled.APPLICATIONS / application]
    sources += compiled.used_kernels(sources)
    includes = [f"-I{one}" for one in (folder, *compiled.KERNEL_FOLDERS)]
    options = ("-O3", f"-DINFERENCES={len(inputs)}", *includes)
    return qemu.build(machine, folder, {"inputs.s": INPUTS}, [*options, *sources])


def infer(machine: Machine, folder: Path, generated: Generated, inputs: Values) -> Values:
    """The network's outputs (n, elements) for `inputs` (n, *shape), from the bare emulator."""
    image = built(machine, folder, generated, inputs)
    memory, _ = without_hooks(image)
    assert image.words(memory, "finished", 1) == len(inputs)
    return outputs(image, memory, generated.network, len(inputs))


def outputs(image: Image, memory: bytes, network: Network, count: int) -> Values:
    """The outputs (n, elements) in a dump of RAM."""
    size = count * elements(network.output_shape)
    return image.words(memory, "outputs", size).view(np.float32).reshape(count, -1)


def infer_stored(
    machine: Machine, folder: Path, generated: Generated, inputs: npt.NDArray[Any]
) -> npt.NDArray[np.int8]:
    """The stored int8 outputs (n, elements) for `inputs` (n, *shape), from the bare emulator."""
    image = built(machine, folder, generated, inputs, "qemu_stored_application.c")
    memory, _ = without_hooks(image)
    assert image.words(memory, "finished", 1) == len(inputs)
    size = elements(generated.network.output_shape)
    room = size // 4 * 4 + 4
    got = np.frombuffer(image.bytes(memory, "outputs", len(inputs) * room), np.int8)
    got = got.reshape(len(inputs), room)
    assert (got[:, size:] == CANARY).all()
    return got[:, :size]
