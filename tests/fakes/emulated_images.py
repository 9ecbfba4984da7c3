"""Runs the images of `tests.fakes.qemu` in tinylab's emulator, with and without its hooks."""

from __future__ import annotations

import struct

import unicorn

from tests.fakes import qemu
from tests.fakes.assembled_core import timing
from tests.fakes.qemu import DUMPED, FLASH_SIZE, RAM_SIZE, Image
from tinylab.boards.board import Bus
from tinylab.sim.core import registers
from tinylab.sim.core.emulated_core import (
    MODELS,
    EmulatedCore,
    HostMemory,
    MemoryTiming,
    StopReason,
)
from tinylab.sim.core.faults import BKPT_EXCEPTION

SETTINGS = MemoryTiming(3, True, True, True, 2)
REGISTERS = (*range(19), 20, 33, *range(64, 96))
"""All registers that a debugger can read."""


def _memories(image: Image) -> list[HostMemory]:
    machine = image.machine
    flash = HostMemory.allocate("flash", machine.flash, FLASH_SIZE, writable=False, bus=Bus.FLASH)
    ram = HostMemory.allocate("ram", machine.ram, RAM_SIZE, writable=True, bus=Bus.TIGHT)
    flash.buffer[: len(image.code)] = image.code
    return [flash, ram]


class WithHooks:
    """The image in a `EmulatedCore`, which counts cycles while it runs."""

    def __init__(self, image: Image) -> None:
        memories = _memories(image)
        self.ram = memories[1]
        self.core = EmulatedCore(
            image.machine.core,
            memories,
            lambda _address, _size: 0,
            lambda _address, _size, _value: None,
            lambda _address, _size, _value: None,
            timing(image.machine.core),
        )
        self.core.configure(SETTINGS)
        self.core.reset(*struct.unpack("<II", image.code[:8]))

    def finish(self) -> tuple[bytes, list[int]]:
        """RAM and registers at the end of the image."""
        reason = self.core.run()
        assert reason is StopReason.BREAKPOINT, (reason, self.core.fault)
        read = [self.core.read_register(number) for number in REGISTERS]
        return self.ram.buffer[:DUMPED], read


def without_hooks(image: Image) -> tuple[bytes, list[int]]:
    """RAM and registers at the end of the image in the bare emulator."""
    uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB, MODELS[image.machine.core])
    flash, ram = _memories(image)
    for memory in (flash, ram):
        rights = unicorn.UC_PROT_ALL
        uc.mem_map_ptr(memory.base, memory.size, rights, memory.host_address)
    uc.mem_map(0xE000_0000, 0x10_0000)
    stopped: list[int] = []

    def stop(uc: unicorn.Uc, number: int, _data: object) -> None:
        stopped.append(number)
        uc.emu_stop()

    uc.hook_add(unicorn.UC_HOOK_INTR, stop)
    registers.reset(uc, *struct.unpack("<II", image.code[:8]))
    uc.emu_start(registers.program_counter(uc) | 1, 0xFFFF_FFFE)
    assert stopped == [BKPT_EXCEPTION]
    return ram.buffer[:DUMPED], [registers.read(uc, number) for number in REGISTERS]


def same_everywhere(image: Image) -> bytes:
    """RAM at the end of `image`; asserts that it equals qemu's, with and without hooks."""
    wanted = qemu.run(image)
    bare, bare_registers = without_hooks(image)
    assert bare == wanted, difference(image, bare, wanted)
    hooked, hooked_registers = WithHooks(image).finish()
    assert hooked == wanted, difference(image, hooked, wanted)
    assert hooked_registers == bare_registers
    assert not image.words(wanted, "unexpected_exception", 1).any()
    return wanted


def difference(image: Image, memory: bytes, wanted: bytes) -> str:
    """The first few words that differ, by symbol."""
    pairs = zip(_words(memory), _words(wanted), strict=True)
    differing = [
        (image.machine.ram + 4 * number, ours, qemus)
        for number, (ours, qemus) in enumerate(pairs)
        if ours != qemus
    ]
    return "\n".join(
        f"{_place(image, address)}: {ours:#010x}, in qemu {qemus:#010x}"
        for address, ours, qemus in differing[:40]
    )


def _words(memory: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(memory) // 4}I", memory)


def _place(image: Image, address: int) -> str:
    named = [(value, name) for name, value in image.symbols.items() if value <= address and name]
    value, name = max(named)
    return f"{name} + {address - value}"
