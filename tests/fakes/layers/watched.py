"""Which bytes each kernel of a generated network reads and writes, on the bare emulated core.

Every kernel may read its own inputs and parameters, and read and write its output, its states and
its scratch memory: not a byte more of the weights, of the activations, or of the caller's memory.
The order of its accesses must be the one that it states.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from tests.fakes import compiled, qemu
from tests.fakes.layers.recorder import Accesses, recorded
from tests.fakes.qemu import DUMPED, FLASH_SIZE, Image, Machine
from tinylab.build.core_flags import FLAGS
from tinylab.codegen import arena, weights
from tinylab.codegen.arena import Plan
from tinylab.codegen.generate import Generated
from tinylab.codegen.layers.kernel import Order
from tinylab.codegen.lower import Program, Step
from tinylab.codegen.weights import Weights
from tinylab.stream import observer

AROUND = 256
"""Bytes before and behind each block of memory, which no kernel may touch."""
GAP = 16
"""Bytes between tensors of the activations, and between parameters."""
STACK = 0x3000


class Block(NamedTuple):
    """Bytes of memory: address and size."""

    at: int
    size: int


def spread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the generator place tensors and parameters apart, with unused bytes between them."""
    aligned, collect = arena._aligned, weights.collect

    def apart(program: Program) -> Weights:
        found = collect(program)
        placed = {one.offset for of_step in found.of_step.values() for one in of_step}
        starts = sorted({*placed, *found.constants.values(), *found.states.values()})
        moved = {start: start + GAP * number for number, start in enumerate(starts)}
        ends = [*starts[1:], len(found.data)][: len(starts)]
        data = b"".join(
            found.data[start:end] + bytes(GAP) for start, end in zip(starts, ends, strict=True)
        )
        return Weights(
            data,
            {
                number: tuple(replace(one, offset=moved[one.offset]) for one in of_step)
                for number, of_step in found.of_step.items()
            },
            {name: moved[at] for name, at in found.constants.items()},
            {name: moved[at] for name, at in found.states.items()},
        )

    monkeypatch.setattr(arena, "_leads", lambda *_: {})
    monkeypatch.setattr(arena, "_aligned", lambda size: aligned(size) + GAP)
    monkeypatch.setattr(weights, "collect", apart)


class Watch:
    """Compiles each kernel once for one machine; runs networks.

    `altered` changes the text of kernels by the names of their files.
    """

    def __init__(
        self,
        machine: Machine,
        folder: Path,
        altered: Mapping[str, Callable[[str], str]] | None = None,
    ) -> None:
        self._machine, self._folder = machine, folder
        self._altered = altered or {}
        self._objects: dict[Path, Path] = {}
        self._networks = 0

    def faults(self, generated: Generated) -> list[str]:
        """What the kernels should not have done, one sentence each.

        `generated` shows its tensors (`observed`). The inputs are random numbers.
        """
        self._networks += 1
        folder = self._folder / f"network_{self._networks}"
        folder.mkdir()
        image = self._image(folder, generated)
        accesses = recorded(image)
        places = Places(image, generated.program)
        steps = zip(generated.program.steps, accesses.between_marks(), strict=True)
        return [
            f"{step.kernel.call().function} {' -> '.join(map(str, step.shapes))} {fault}"
            for number, (step, of_step) in enumerate(steps)
            for fault in (*places.faults(number, step, of_step), *places.disorder(step, of_step))
        ]

    def _image(self, folder: Path, generated: Generated) -> Image:
        files = {**generated.files, observer.HEADER: observer.c_header().encode()}
        for name, data in {**files, **_inputs(generated)}.items():
            (folder / name).write_bytes(data)
        application = compiled.APPLICATIONS / "qemu_watched_application.c"
        sources = [*folder.glob("*.c"), application]
        used = compiled.used_kernels(sources)
        new = [one for one in used if one not in self._objects]
        compiled_now = self._compiled([self._text_of(one) for one in new], self._folder)
        self._objects.update(zip(new, compiled_now, strict=True))
        objects = [*self._compiled(sources, folder), *(self._objects[one] for one in used)]
        return qemu.build(self._machine, folder, {"places.s": _placed(generated)}, objects)

    def _text_of(self, kernel: Path) -> Path:
        """The file to compile."""
        if kernel.name not in self._altered:
            return kernel
        text, copy = kernel.read_text(encoding="utf-8"), self._folder / kernel.name
        copy.write_text(self._altered[kernel.name](text), encoding="utf-8")
        assert copy.read_text(encoding="utf-8") != text
        return copy

    def _compiled(self, sources: list[Path], folder: Path) -> list[Path]:
        includes = [f"-I{one}" for one in (folder, *compiled.KERNEL_FOLDERS)]
        flags = ("-std=c11", "-O3", *FLAGS[self._machine.core].split(), *self._machine.options)
        command = ["arm-none-eabi-gcc", *flags, *includes, "-c", *map(str, sources)]
        if sources:
            subprocess.run(command, cwd=folder, check=True)
        return [folder / f"{one.stem}.o" for one in sources]


def _inputs(generated: Generated) -> dict[str, bytes]:
    random = np.random.default_rng(7)
    return {
        f"input_{index}.bin": one.type.encode(one.type.random(random, one.shape)).tobytes()
        for index, one in enumerate(generated.network.inputs)
    }


def _placed(generated: Generated) -> str:
    """Assembly: blocks of memory with unused bytes on both sides."""
    program = generated.program
    inputs = [f"input_{index}" for index in range(len(program.inputs))]
    outputs = {f"output_{n}": program.sizes[name] for n, name in enumerate(program.outputs)}
    lines = [".section .rodata", *_block("weights", '.incbin "network_weights.bin"')]
    lines.append(".section .data")
    for name in inputs:
        lines += _block(name, f'.incbin "{name}.bin"')
    for name, size in [*outputs.items(), ("activations", generated.activations_bytes)]:
        lines += _block(name, f".space {size}, 0x5A")
    lines += [".section .rodata", ".balign 4", ".global given, made"]
    lines += [f"given: .word {', '.join(inputs)}", f"made: .word {', '.join(outputs)}"]
    return "\n".join([*lines, ""])


def _block(name: str, contents: str) -> list[str]:
    around = f".space {AROUND}, 0x5A"
    begin, end = f"before_{name}:", f"behind_{name}:"
    return [".balign 4", begin, around, f".global {name}", f"{name}:", contents, around, end]


class Places:
    """Where an image has the tensors and parameters of its steps."""

    def __init__(self, image: Image, program: Program) -> None:
        self._image, self._program = image, program
        self._plan: Plan = arena.plan(program)
        self._weights: Weights = weights.collect(program)
        names = [f"input_{index}" for index in range(len(program.inputs))]
        names += [f"output_{index}" for index in range(len(program.outputs))]
        symbols = image.symbols
        self._blocks = {
            name: Block(
                symbols[f"before_{name}"], symbols[f"behind_{name}"] - symbols[f"before_{name}"]
            )
            for name in (*names, "activations", "weights")
        }
        machine = image.machine
        top = machine.ram + DUMPED
        self._others = (Block(machine.flash, FLASH_SIZE), Block(machine.ram, DUMPED))
        self._stack = Block(top - STACK, STACK)

    def tensor(self, name: str) -> Block:
        """As `tinylab.codegen.inference` places it."""
        program, symbols = self._program, self._image.symbols
        if name in self._weights.constants:
            at = symbols["weights"] + self._weights.constants[name]
            return Block(at, len(program.constants[name]))
        if name in program.states:
            at = symbols["activations"] + self._plan.states[name]
            return Block(at, len(program.states[name]))
        if name in program.inputs:
            index = program.inputs.index(name)
            return Block(symbols[f"input_{index}"], program.input_bytes[index])
        size = program.sizes[name]
        if name in program.outputs:
            return Block(symbols[f"output_{program.outputs.index(name)}"], size)
        return Block(symbols["activations"] + self._plan.offsets[name], size)

    def _may(self, number: int, step: Step) -> tuple[list[Block], list[Block]]:
        """What the step may read, and what it may write."""
        base = self._image.symbols["activations"]
        written = [self.tensor(name) for name in (step.output, *step.states)]
        if number in self._plan.scratch:
            written.append(Block(base + self._plan.scratch[number], step.kernel.scratch()))
        read = [self.tensor(name) for name in step.inputs]
        start = self._image.symbols["weights"]
        read += [
            Block(start + one.offset, len(one.parameter.data))
            for one in self._weights.of_step[number]
        ]
        return read + written, written

    def faults(self, number: int, step: Step, accesses: Accesses) -> Iterator[str]:
        read, written = self._may(number, step)
        blocks = list(self._blocks.values())
        for kind, mine, allowed, others in (
            ("reads", ~accesses.are_writes, read, self._others),
            ("writes", accesses.are_writes, written, (self._stack,)),
        ):
            at, size = accesses.addresses[mine], accesses.sizes[mine]
            good = _inside(at, size, allowed)
            good |= _inside(at, size, others) & ~_touching(at, size, blocks)
            found = zip(at[~good].tolist(), size[~good].tolist(), strict=True)
            for address, count in dict.fromkeys(found):
                yield f"{kind} {count} bytes at {self._place(address)}"

    def _place(self, address: int) -> str:
        symbols = self._image.symbols
        for name, block in self._blocks.items():
            if block.at <= address < block.at + block.size:
                return f"{name} {address - symbols[name]:+}"
        return f"{address:#x}"

    def disorder(self, step: Step, accesses: Accesses) -> Iterator[str]:
        """Whether the output overwrites inputs that are still read, if it begins where the
        kernel's order lets it begin."""
        claimed = step.lead
        given, made = self.tensor(step.inputs[0]), self.tensor(step.output)
        apart = given.at + given.size <= made.at or made.at + made.size <= given.at
        if claimed is None or not apart:
            return
        reads = np.full(given.size, -1, np.int64)
        writes = np.full(made.size, len(accesses.addresses), np.int64)
        for one in map(self.tensor, dict.fromkeys(step.inputs)):
            if one.size == given.size:
                _times(accesses, one, reads, of_writes=False)
        _times(accesses, made, writes, of_writes=True)
        lead = Order(reads, writes).lead
        if claimed > lead:
            yield f"lets the output begin at {claimed:+} bytes of the input; {lead:+} is safe"


def _times(
    accesses: Accesses, block: Block, times: npt.NDArray[np.int64], *, of_writes: bool
) -> None:
    """Sets the last read, or the first write, of each byte of the block."""
    numbers = np.flatnonzero(accesses.are_writes == of_writes)
    for byte in range(int(accesses.sizes.max(initial=1))):
        mine = numbers[accesses.sizes[numbers] > byte]
        at = accesses.addresses[mine] + byte - block.at
        hit = (at >= 0) & (at < block.size)
        at, mine = at[hit], mine[hit]
        if of_writes:
            np.minimum.at(times, at, mine)
        else:
            np.maximum.at(times, at, mine)


def _inside(
    at: npt.NDArray[np.int64], size: npt.NDArray[np.int64], blocks: Sequence[Block]
) -> npt.NDArray[np.bool_]:
    """Whether all of its bytes are in one of the blocks."""
    found = np.zeros(at.shape, bool)
    for block in blocks:
        found |= (at >= block.at) & (at + size <= block.at + block.size)
    return found


def _touching(
    at: npt.NDArray[np.int64], size: npt.NDArray[np.int64], blocks: Sequence[Block]
) -> npt.NDArray[np.bool_]:
    """Whether one of its bytes is in one of the blocks."""
    found = np.zeros(at.shape, bool)
    for block in blocks:
        found |= (at < block.at + block.size) & (at + size > block.at)
    return found
