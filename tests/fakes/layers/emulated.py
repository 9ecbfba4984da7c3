"""Generated networks of one input and output, executed on an emulated core."""

from __future__ import annotations

from collections.abc import Sequence
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
Stored = npt.NDArray[np.int8]


def built(machine: Machine, folder: Path, generated: Generated, inputs: Values) -> Image:
    """An image that runs the network on `inputs` (n, *shape)."""
    defined = [f"-DINFERENCES={len(inputs)}"]
    return _built(machine, folder, generated, inputs.tobytes(), "qemu_application.c", defined)


def _built(
    machine: Machine,
    folder: Path,
    generated: Generated,
    inputs: bytes,
    application: str,
    defined: Sequence[str],
) -> Image:
    for name, data in generated.files.items():
        (folder / name).write_bytes(data)
    (folder / "inputs.bin").write_bytes(inputs)
    sources = [*folder.glob("*.c"), compiled.APPLICATIONS / application]
    sources += compiled.used_kernels(sources)
    includes = [f"-I{one}" for one in (folder, *compiled.KERNEL_FOLDERS)]
    options = ("-O3", *defined, *includes)
    return qemu.build(machine, folder, {"inputs.s": INPUTS}, [*options, *sources])


def infer(machine: Machine, folder: Path, generated: Generated, inputs: Values) -> Values:
    """The network's outputs (n, elements) for `inputs` (n, *shape), from the bare emulator."""
    image = built(machine, folder, generated, inputs)
    memory, _ = without_hooks(image)
    assert image.words(memory, "finished", 1) == len(inputs)
    return outputs(image, memory, generated.network, len(inputs))


def infer_int8(machine: Machine, folder: Path, generated: Generated, inputs: Stored) -> Stored:
    """Stored outputs (n, elements) for stored `inputs` (n, *shape), from the bare emulator.

    Checks that nothing around the arena and the outputs was written.
    """
    given = inputs.reshape(len(inputs), -1)
    count = elements(generated.network.output_shape)
    pitch = -(-count // 4) * 4
    padded = np.pad(given, ((0, 0), (0, -given.shape[1] % 4)))
    sizes = {
        "INFERENCES": len(inputs),
        "STORED_IN_BYTES": given.shape[1],
        "STORED_OUT_BYTES": count,
    }
    defined = [f"-D{name}={size}" for name, size in sizes.items()]
    application = "qemu_stored_application.c"
    image = _built(machine, folder, generated, padded.tobytes(), application, defined)
    memory, _ = without_hooks(image)
    assert image.words(memory, "finished", 1) == len(inputs)
    assert image.words(memory, "unharmed", 1) == 1
    made = np.frombuffer(image.bytes(memory, "outputs", pitch * len(inputs)), np.int8)
    return made.reshape(len(inputs), pitch)[:, :count]


def outputs(image: Image, memory: bytes, network: Network, count: int) -> Values:
    """The outputs (n, elements) in a dump of RAM."""
    size = count * elements(network.output_shape)
    return image.words(memory, "outputs", size).view(np.float32).reshape(count, -1)
