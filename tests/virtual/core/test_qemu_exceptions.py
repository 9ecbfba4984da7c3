"""Exceptions leave the same registers, frames and memory as in qemu-system-arm, bit for bit.

The image runs on a virtual board here, whose NVIC takes the exceptions. Not compared: the
Cortex-M33, which is in secure state in qemu's machine and in non-secure state on our board.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes import compiled, qemu
from tests.fakes.emulated_images import difference
from tests.fakes.qemu import DUMPED, M4, M7, Image, Machine
from tests.fakes.stations import machine, wait_until
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.sim.peripherals.core.core_debug import CoreState

BOARDS = {M4: by_name("nucleo_wb55rg"), M7: by_name("nucleo_h723zg")}
DHCSR, DEMCR, VTOR = 0xE000_EDF0, 0xE000_EDFC, 0xE000_ED08
DEBUG_ENABLED, CATCH_RESET = 0xA05F_0001, 1 << 0
APPLICATION = compiled.APPLICATIONS / "qemu_exceptions.c"


def board_with_flash_at(machine: Machine) -> Board:
    board = BOARDS[machine]
    return replace(board, flash=replace(board.flash, base=machine.flash), other_ram=())


def ram_after(image: Image) -> bytes:
    """RAM of a virtual board when the image has come to its first semihosting call."""
    with machine(board_with_flash_at(image.machine)) as made:
        for register, value in ((DHCSR, DEBUG_ENABLED), (DEMCR, CATCH_RESET)):
            made.debug_write(register, struct.pack("<I", value), 4)
        made.reset()
        made.memory.flash.buffer[: len(image.code)] = image.code
        made.core.code_changed(image.machine.flash, len(image.code))
        made.debug_write(VTOR, struct.pack("<I", image.machine.flash), 4)
        made.core.reset(*struct.unpack("<II", image.code[:8]))
        made.resume()
        wait_until(lambda: made.state is CoreState.HALTED)
        memory = made.read_memory(image.machine.ram, DUMPED)
    assert memory is not None
    return memory


@pytest.mark.parametrize("lazy", [True, False], ids=["lazy", "eager"])
@pytest.mark.parametrize("machine", BOARDS, ids=lambda machine: machine.name)
def test_exceptions_are_taken_and_left_as_in_qemu(
    machine: Machine, lazy: bool, tmp_path: Path
) -> None:
    """SVC, PendSV, interrupts that nest and that follow, masks, both stacks, floats, faults."""
    off = "0" if lazy else "(1u << 30)"  # FPCCR.LSPEN
    options = ("-Wall", "-Wextra", "-Werror", f"-DSWITCHED_OFF={off}", APPLICATION)
    image = qemu.build(machine, tmp_path, {}, options)
    wanted = qemu.run(image)
    assert not image.words(wanted, "unexpected_exception", 1).any()
    noted, calls = image.words(wanted, "counts", 2)
    assert (noted, calls) == (32, 19)
    memory = ram_after(image)
    assert memory == wanted, difference(image, memory, wanted)
