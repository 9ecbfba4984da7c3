"""How each fault of the table is played on a desk, and taken away again."""

from __future__ import annotations

import errno
import itertools
import struct
import time
from collections.abc import Callable

import usb.core

from tests.fakes.broken_kernels import projects_with
from tests.fakes.com_port import com_port
from tests.fakes.lab import Desk, begins, measures
from tests.virtual.firmware.test_mlperf_runner import dut
from tinylab.bench.plan.events import Stage
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.errors import ExitCode
from tinylab.probe.discovery import list_probes
from tinylab.sim.peripherals.flash.option_bytes import PROTECTED, UNPROTECTED
from tinylab.sim.peripherals.flash.options_h7 import OPTSR2
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.virtual_station import virtual_device

WB = by_name("nucleo_wb55rg")

Play = Callable[[Desk], None]
Wire = Callable[[int], bytes]


def nothing(desk: Desk) -> None:
    """No fault."""


def unplug(desk: Desk) -> None:
    desk.bus.unplug(desk.device)


def plug(desk: Desk) -> None:
    desk.device.on_transfer = lambda: None
    desk.bus.plug(desk.device)


def unplugged(when: Callable[..., bool]) -> Play:
    return lambda desk: desk.on(when, lambda: unplug(desk))


def unplugged_at_transfer(share: float) -> Play:
    """In mid-discovery with a share below 1, in mid-connection with one above."""

    def play(desk: Desk) -> None:
        counted = 0

        def count() -> None:
            nonlocal counted
            counted += 1

        desk.device.on_transfer = count
        list_probes(desk.bus)
        left = round(counted * share)

        def pull() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                unplug(desk)

        desk.device.on_transfer = pull

    return play


def set_to(name: str, value: object) -> Play:
    """An attribute of the virtual probe."""
    return lambda desk: setattr(desk.device, name, value)


def later(when: Callable[..., bool], play: Play) -> Play:
    return lambda desk: desk.on(when, lambda: play(desk))


def stuck(is_stuck: bool) -> Play:
    return lambda desk: setattr(desk.device.machine.part.core_debug, "stuck", is_stuck)


def slow(desk: Desk) -> None:
    desk.device.on_transfer = lambda: time.sleep(0.0005)


def swift(desk: Desk) -> None:
    desk.device.on_transfer = lambda: None


def mute(desk: Desk) -> None:
    def time_out() -> None:
        raise usb.core.USBTimeoutError("Operation timed out", None, errno.ETIMEDOUT)

    desk.device.on_transfer = time_out


def hidden_wrong_chip(desk: Desk) -> None:
    """Its firmware takes the SWD pins, so that it is met under reset only."""
    assert desk.measure().code == ExitCode.OK
    desk.device.board_id, desk.device.pins_taken = "0871", True


def shown_again(desk: Desk) -> None:
    desk.device.board_id, desk.device.pins_taken = WB.identity.board_id, False


def read_protected(rdp: int) -> Play:
    return lambda desk: setattr(desk.device.machine.part.flash, "rdp", rdp)


def write_protected(desk: Desk) -> None:
    desk.device.machine.part.flash.options.protect(0, 1)


def unprotected(desk: Desk) -> None:
    assert desk.run("option-bytes", desk.label, "--unlock", "--yes").code == ExitCode.OK


def protected_and_unknown(desk: Desk) -> None:
    read_protected(PROTECTED)(desk)
    desk.device.board_id = "0999"


def unprotected_and_known(desk: Desk) -> None:
    unprotected(desk)
    desk.device.board_id = WB.identity.board_id


def without_boost(desk: Desk) -> None:
    options = desk.device.machine.part.flash.options
    options.cells[OPTSR2] = 0
    options.load()


def boosted(desk: Desk) -> None:
    assert desk.run("option-bytes", desk.label, "--cpu-boost", "--yes").code == ExitCode.OK


def another_of_its_kind(desk: Desk) -> None:
    """Level 2 is for good: another board takes its place."""
    desk.device.machine.part.flash.options.rdp = UNPROTECTED


def rewrite(desk: Desk, content: bytes) -> None:
    """The flash holds something else all of a sudden."""
    flash = desk.device.machine.memory.flash
    flash.buffer[:] = content
    desk.device.machine.flash_erased(flash.base, flash.size)


def flashed_by_another_program(desk: Desk) -> None:
    kernel('__asm volatile("nop");')(desk)
    assert desk.measure().code == ExitCode.OK
    desk.patch.undo()
    other = desk.device.machine.memory.flash.buffer[:]
    desk.on(begins(Stage.MEASURE), lambda: rewrite(desk, other))


def kernel(harm: str) -> Play:
    """Firmware whose dense layer does `harm` first."""

    def play(desk: Desk) -> None:
        copy = projects_with(harm, desk.home / "projects")
        desk.patch.setattr("tinylab.build.project.paths.platformio_projects", lambda: copy)
        desk.patch.setattr("tinylab.bench.measure.measurement.SILENCE_S", 0.3)
        desk.patch.setattr("tinylab.bench.station.silence_timeout.ANSWER_S", 3.0)

    return play


def erased_by_another_program(desk: Desk) -> None:
    empty = b"\xff" * desk.board.flash.size
    desk.on(begins(Stage.MEASURE), lambda: rewrite(desk, empty))


def silent_at_once(desk: Desk) -> None:
    """What another program flashed does nothing: a vector table, and a branch to itself."""
    desk.patch.setattr("tinylab.bench.station.silence_timeout.ANSWER_S", 1.0)
    base = desk.board.flash.base
    idle = struct.pack("<IIH", desk.board.ram[0].base + 0x400, base + 9, 0xE7FE)
    content = idle.ljust(desk.board.flash.size, b"\xff")
    desk.on(begins(Stage.MEASURE), lambda: rewrite(desk, content))


def every(nth: int, made: Callable[[int], bytes]) -> Wire:
    """Each `nth` byte on the wire becomes what `made` says."""
    count = itertools.count(1)
    return lambda byte: made(byte) if next(count) % nth == 0 else bytes([byte])


def frames_twice() -> Wire:
    """Each frame comes again behind its last byte."""
    kept = bytearray()

    def wire(byte: int) -> bytes:
        kept.append(byte)
        if len(kept) < 12 or len(kept) < 12 + 4 * kept[3]:
            return bytes([byte])
        frame = bytes(kept)
        kept.clear()
        return bytes([byte]) + frame

    return wire


def with_port(wire: Callable[[], Wire]) -> Play:
    """The probe shows a serial port, and between it and the board is this `wire`."""

    def play(desk: Desk) -> None:
        desk.patch.setattr("tinylab.bench.measure.measurement.SILENCE_S", 0.05)
        desk.device.machine.serial_line = wire()
        desk.enter(com_port(desk.device, desk.patch))

    return play


def unplugged_with_its_port(desk: Desk) -> None:
    cable = desk.enter(com_port(desk.device, desk.patch))

    def pull() -> None:
        unplug(desk)
        cable.pull()

    desk.on(measures, pull)


def straight(desk: Desk) -> None:
    desk.device.machine.serial_line = lambda byte: bytes([byte])


def garbled_serial_line(desk: Desk) -> None:
    """Every byte of the virtual board's serial port comes with another bit wrong."""

    def garbling(board: Board) -> VirtualStLink:
        device = virtual_device(board)
        serial = device.machine.part.serial
        hear, count = serial.on_byte, 0

        def garble(byte: int, baud: float) -> None:
            nonlocal count
            count += 1
            hear(byte ^ 1 << count % 7, baud)

        serial.on_byte = garble
        return device

    dut(WB, desk.home / "dut")
    desk.patch.setattr("tinylab.bench.station.station.virtual_device", garbling)
