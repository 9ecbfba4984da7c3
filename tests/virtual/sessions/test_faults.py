"""Every fault of a desk, through the bus and the whole command: one table.

A row says how a fault is played and what the user is told. After each one the same is looked
at: exit code, message, remedy, no traceback, no prompt, the probe let go, no sample lost; and
with the fault gone the board is measured again. A new fault is a new row.
"""

from __future__ import annotations

import errno
import itertools
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import usb.core

from tests.fakes.broken_kernels import UNDEFINED_INSTRUCTION, projects_with
from tests.fakes.com_port import com_port
from tests.fakes.lab import Desk, Ended, begins, desk, fields_of, flashed, measures
from tests.fakes.own_firmware import own_elf
from tests.virtual.firmware.test_mlperf_runner import dut
from tinylab.bench.plan.events import Stage
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.errors import ExitCode
from tinylab.probe.discovery import list_probes
from tinylab.sim.peripherals.flash.option_bytes import NO_DEBUG, PROTECTED, UNPROTECTED
from tinylab.sim.peripherals.flash.options_h7 import OPTSR2
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.virtual_station import virtual_device

WB, H723 = by_name("nucleo_wb55rg"), by_name("nucleo_h723zg")
REPLUG = "plug the probe in again"
UNLOCK = "--unlock --yes"
Play = Callable[[Desk], None]
Wire = Callable[[int], bytes]
UART = ("--headless", "--model", "house_price", "--inferences", "200", "--on", "LABEL@64",
        "--link", "uart")  # fmt: skip


def nothing(desk: Desk) -> None:
    """No fault."""


@dataclass(frozen=True)
class Row:
    """A fault, and what the user is told of it.

    `play` arms it, `cure` takes it away again. `asked` is what --on names, with LABEL for the
    board that is there; `arguments` replace the measuring of a network, with LABEL and FOLDER.
    `own`: the same is told when an image of one's own is flashed with --firmware, and by other
    commands that need the board.
    """

    name: str
    play: Play
    code: ExitCode
    message: str
    remedy: str
    cure: Play = nothing
    board: Board = WB
    asked: str = ""
    arguments: tuple[str, ...] = ()
    own: bool = False

    def request(self, desk: Desk) -> str:
        """What --on names."""
        serial = desk.device.descriptor.serial_number
        return self.asked.replace("SERIAL", serial) or f"{desk.label}@{desk.reset_mhz}"


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


ROWS = (
    Row("no fault", nothing, ExitCode.OK, "measured 5 inferences", ""),
    # The probe on the bus
    Row("unplugged before", unplug, ExitCode.STATION, "is not attached", "sim:", plug),
    Row("unplugged in mid-discovery", unplugged_at_transfer(0.5), ExitCode.STATION,
        "was unplugged", REPLUG, plug),
    Row("unplugged between discovery and connection", unplugged_at_transfer(1.0),
        ExitCode.STATION, "was unplugged", REPLUG, plug),
    Row("unplugged in mid-connection", unplugged_at_transfer(2.0), ExitCode.STATION,
        "was unplugged", REPLUG, plug),
    Row("unplugged before flashing", unplugged(begins(Stage.FLASH)), ExitCode.LINK,
        "was unplugged while", REPLUG, plug),
    Row("unplugged while erasing", unplugged(flashed(0.02)), ExitCode.LINK,
        "was unplugged while programming the flash", REPLUG, plug),
    Row("unplugged while programming", unplugged(flashed(0.5)), ExitCode.LINK,
        "was unplugged while programming the flash", REPLUG, plug),
    Row("unplugged while verifying", unplugged(flashed(0.95)), ExitCode.LINK,
        "was unplugged while reading memory", REPLUG, plug),
    Row("unplugged before measuring", unplugged(begins(Stage.MEASURE)), ExitCode.LINK,
        "was unplugged while", REPLUG, plug),
    Row("unplugged while measuring", unplugged(measures), ExitCode.LINK,
        "was unplugged while", REPLUG, plug),
    Row("busy", set_to("claimed_elsewhere", True), ExitCode.STATION,
        "is in use by another program", "Close the other program",
        set_to("claimed_elsewhere", False), own=True),
    Row("busy, asked for by its name", set_to("claimed_elsewhere", True), ExitCode.STATION,
        "is in use by another program", "Close the other program",
        set_to("claimed_elsewhere", False), asked="nucleo_wb55rg@64", own=True),
    Row("denied", set_to("denied", True), ExitCode.STATION,
        "No permission to open probe", "udevadm control --reload", set_to("denied", False),
        own=True),
    Row("old probe firmware", set_to("jtag_version", 20), ExitCode.STATION,
        "is too old", "STSW-LINK007", set_to("jtag_version", 45), own=True),
    Row("short answers from the start", set_to("longest_answer", 3), ExitCode.STATION,
        "incomplete response", "USB cable", set_to("longest_answer", None), own=True),
    Row("short answers while flashing", later(flashed(0.5), set_to("longest_answer", 3)),
        ExitCode.LINK, "sent an incomplete response while programming", "USB cable",
        set_to("longest_answer", None)),
    Row("short answers while measuring", later(measures, set_to("longest_answer", 33)),
        ExitCode.LINK, "sent an incomplete response while reading", "USB cable",
        set_to("longest_answer", None)),
    Row("probe that answers nothing", mute, ExitCode.STATION, "cannot be reached",
        "replug", swift, own=True),
    Row("probe that stops answering while flashing", later(flashed(0.5), mute), ExitCode.LINK,
        "failed while programming the flash", "replug", swift),
    Row("probe that stops answering while measuring", later(measures, mute), ExitCode.LINK,
        "failed while", "replug", swift),
    Row("slow probe", slow, ExitCode.OK, "measured 5 inferences", "", swift),
    # The board
    Row("unpowered", set_to("powered", False), ExitCode.STATION, "power", "jumpers",
        set_to("powered", True), own=True),
    Row("unpowered, on a V3", set_to("powered", False), ExitCode.STATION, "power", "jumpers",
        set_to("powered", True), board=H723, own=True),
    Row("unpowered while measuring", later(measures, set_to("powered", False)), ExitCode.LINK,
        "failed while", "reset button", set_to("powered", True)),
    Row("slow SWD cable", set_to("wire_khz", 1_200), ExitCode.OK,
        "SWD stepped down to 1.15 MHz", "", set_to("wire_khz", 24_000)),
    Row("slow SWD cable all of a sudden", later(measures, set_to("wire_khz", 400)), ExitCode.OK,
        "SWD stepped down to 0.287 MHz", "", set_to("wire_khz", 24_000)),
    Row("broken SWD line", set_to("wire_khz", 0), ExitCode.STATION, "cannot be reached",
        "reset button", set_to("wire_khz", 24_000), own=True),
    Row("wrong board", nothing, ExitCode.STATION,
        "belongs to a NUCLEO-WB55RG (board id 0839), not to a NUCLEO-F446RE",
        "Use nucleo_wb55rg#", asked="nucleo_f446re#SERIAL@16", own=True),
    Row("wrong chip", set_to("board_id", "0777"), ExitCode.STATION,
        "is not connected to a NUCLEO-F446RE: the chip reports DEV_ID 0x495", "Name the board",
        set_to("board_id", "0839"), asked="nucleo_f446re#SERIAL@16", own=True),
    Row("wrong chip, of another family", set_to("board_id", "0871"), ExitCode.STATION,
        "is not connected to a NUCLEO-H723ZG", "Name the board",
        set_to("board_id", "0839"), asked="nucleo_h723zg#SERIAL@64", own=True),
    Row("wrong chip, met under reset, where pyOCD's target asserts", hidden_wrong_chip,
        ExitCode.STATION, "is not that of the requested board", "Name the board",
        shown_again, asked="nucleo_h723zg#SERIAL@64"),
    Row("read-out protection", read_protected(PROTECTED), ExitCode.STATION,
        "is read-protected (level 1)", UNLOCK, unprotected, own=True),
    Row("read-out protection, on a board that nobody knows", protected_and_unknown,
        ExitCode.STATION, "is read-protected (level 1)", "option-bytes nucleo_wb55rg#",
        unprotected_and_known, asked="nucleo_wb55rg#SERIAL@4"),
    Row("read-out protection of level 2", read_protected(NO_DEBUG), ExitCode.STATION,
        "does not answer", "jumpers", another_of_its_kind, own=True),
    Row("write-protected sectors", write_protected, ExitCode.LINK,
        "of the flash of the NUCLEO-WB55RG", UNLOCK, unprotected, own=True),
    Row("write-protected sectors, mass erase", write_protected, ExitCode.LINK,
        "Sectors 0 to 1 (0x08000000 to 0x08001fff)", UNLOCK, unprotected,
        arguments=("--headless", "--model", "house_price", "--mass-erase", "--on", "LABEL@4")),
    Row("no CPUFREQ_BOOST", without_boost, ExitCode.INPUT, "520 MHz at most, not at 550 MHz",
        "--cpu-boost --yes", boosted, board=H723, asked="nucleo_h723zg#SERIAL@550"),
    Row("stuck core", stuck(True), ExitCode.LINK, "cannot be halted", "Power-cycle", stuck(False),
        own=True),
    Row("stuck core while measuring", later(begins(Stage.MEASURE), stuck(True)), ExitCode.LINK,
        "cannot be halted", "Power-cycle", stuck(False)),
    # What runs on it
    Row("firmware that never speaks", silent_at_once, ExitCode.LINK,
        "its firmware does not run. The core was in 0x08000008", "reset button"),
    Row("flash that another program erased", erased_by_another_program, ExitCode.MEASUREMENT,
        "A lock-up occurred in 0xffffffff.",
        "IBUSERR: an instruction was fetched from an address without memory"),
    Row("firmware that falls silent", kernel("for (;;) {}"), ExitCode.LINK,
        "stopped responding after 0 inferences. The core was in tl_dense_f32 at tl_dense_f32.c:",
        "Reset it"),
    Row("hard fault", kernel(UNDEFINED_INSTRUCTION), ExitCode.MEASUREMENT,
        "A HardFault occurred in tl_dense_f32 at tl_dense_f32.c:", "CFSR 0x00010000"),
    Row("lock-up", kernel(f"*(volatile int *)0xE000ED08 = 0x60000000; {UNDEFINED_INSTRUCTION}"),
        ExitCode.MEASUREMENT, "A lock-up in HardFault occurred in tl_dense_f32 at tl_dense_f32.c:",
        "INVSTATE: "),
    Row("another image", flashed_by_another_program, ExitCode.MEASUREMENT,
        "runs another image", "another program writes to this board's flash"),
    # Serial lines
    Row("lost frames", with_port(lambda: every(97, lambda byte: b"")), ExitCode.OK,
        "samples were lost on their way to the host", "fails at 921,600 baud", straight,
        arguments=UART),
    Row("garbled frames", with_port(lambda: every(61, lambda byte: bytes([byte ^ 4]))),
        ExitCode.OK, "samples were lost on their way to the host", "sent at 115,200 baud",
        straight, arguments=UART),
    Row("frames that come twice", with_port(frames_twice), ExitCode.OK,
        "records were received twice and counted once", "", straight, arguments=UART),
    Row("serial line that is dead", with_port(lambda: lambda byte: b""), ExitCode.LINK,
        "fails at 115,200 baud", "--link swd", straight, arguments=UART),
    Row("unplugged while listened to", unplugged_with_its_port, ExitCode.LINK, " failed: ",
        REPLUG, plug, arguments=UART),
    Row("no serial port", nothing, ExitCode.STATION, "provides no serial port", "tinylab probes",
        arguments=UART),
    Row("garbled serial line", garbled_serial_line, ExitCode.MEASUREMENT,
        "did not send m-ready when starting", "--baud",
        arguments=("--headless", "--firmware", "FOLDER/dut/main.elf", "--protocol", "mlperf",
                   "--time-limit", "1", "--on", "sim:nucleo_wb55rg")),
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def _run(row: Row, desk: Desk) -> Ended:
    if not row.arguments:
        return desk.measure(on=row.request(desk))
    words = (word.replace("LABEL", desk.label) for word in row.arguments)
    return desk.run(*(word.replace("FOLDER", str(desk.home)) for word in words))


def _check(row: Row, desk: Desk, ended: Ended) -> None:
    assert ended.code == row.code, ended.said
    assert row.message in ended.said
    assert row.remedy in ended.said
    assert "Traceback" not in ended.said
    assert "Internal error in tinylab" not in ended.said
    assert desk.bus.held == (), "the probe is left claimed or open"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("row", fields_of(ROWS))
def test_a_fault_is_told_and_nothing_is_lost(row: Row, home: Path) -> None:
    with desk(row.board, home) as scene:
        with scene.fault():
            row.play(scene)
            ended = _run(row, scene)
        _check(row, scene, ended)
        assert scene.kept() == scene.told, "samples are lost"
        if row.own:
            on = row.request(scene).partition("@")[0]
            image = own_elf(by_name(on.partition("#")[0]), home / "own", "void reset(void) {}")
            _check(row, scene, scene.run("--headless", "--firmware", str(image), "--on", on))
        if row.own and row.code == ExitCode.STATION and row.remedy != UNLOCK:
            _check(row, scene, scene.run("option-bytes", on))
        row.cure(scene)
        again = scene.measure()
        assert again.code == ExitCode.OK, again.said
        assert scene.bus.held == ()
