"""Every fault of a desk, and what the user is told of it. A new fault is a new row."""

from __future__ import annotations

from dataclasses import dataclass

from tests.fakes.broken_kernels import UNDEFINED_INSTRUCTION
from tests.fakes.lab import Desk, begins, flashed, measures
from tests.virtual.sessions.fault_plays import (
    Play,
    another_of_its_kind,
    boosted,
    erased_by_another_program,
    every,
    flashed_by_another_program,
    frames_twice,
    garbled_serial_line,
    hidden_wrong_chip,
    kernel,
    later,
    mute,
    nothing,
    plug,
    protected_and_unknown,
    read_protected,
    set_to,
    shown_again,
    silent_at_once,
    slow,
    straight,
    stuck,
    swift,
    unplug,
    unplugged,
    unplugged_at_transfer,
    unplugged_with_its_port,
    unprotected,
    unprotected_and_known,
    with_port,
    without_boost,
    write_protected,
)
from tinylab.bench.plan.events import Stage
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.errors import ExitCode
from tinylab.sim.peripherals.flash.option_bytes import NO_DEBUG, PROTECTED

WB, H723 = by_name("nucleo_wb55rg"), by_name("nucleo_h723zg")

REPLUG = "plug the probe in again"
UNLOCK = "--unlock --yes"

UART = ("--headless", "--model", "house_price", "--inferences", "200", "--on", "LABEL@64",
        "--link", "uart")  # fmt: skip


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
