"""Generated networks of one float input and output, executed on an emulated core."""

from __future__ import annotations

from pathlib import Path

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


def built(machine: Machine, folder: Path, generated: Generated, inputs: Values) -> Image:
    """An image that runs the network on `inputs` (n, *shape)."""
    for name, data in generated.files.items():
        (folder / name).write_bytes(data)
    (folder / "inputs.bin").write_bytes(inputs.tobytes())
    application = compiled.APPLICATIONS / "qemu_application.c"
    sources = [*folder.glob("*.c"), application]
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
