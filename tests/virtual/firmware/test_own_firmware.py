"""Images built elsewhere run on virtual boards: formats, output, when they end, what is kept."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from intelhex import IntelHex

from tests.fakes.own_firmware import (
    SHORT_CYCLES,
    WORK,
    WORK_CYCLES,
    address,
    events_of,
    own_elf,
    ran,
)
from tests.fakes.stations import plugged, trust_the_clock_of
from tinylab.bench.firmware.firmware_events import FirmwareFinished, Heard
from tinylab.bench.firmware.firmware_plan import FirmwareOptions, plan_firmware
from tinylab.bench.firmware.firmware_session import run
from tinylab.bench.plan.plan import parse_station
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.build.elf import parse
from tinylab.errors import ExitCode
from tinylab.sim.virtual_probe.usb_bus import VirtualBus
from tinylab.sim.virtual_probe.vcp import VirtualComPort

WB, F446, F767, H7 = (
    by_name(f"nucleo_{name}") for name in ("wb55rg", "f446re", "f767zi", "h723zg")
)


@pytest.mark.parametrize("board", [WB, F446, F767, H7], ids=["wb", "f4", "f7", "h7"])
def test_its_own_counter_reads_are_shown(board: Board, tmp_path: Path) -> None:
    path = own_elf(board, tmp_path, WORK)
    events = events_of(path, f"sim:{board.name}")
    last = events[-1]
    assert isinstance(last, FirmwareFinished)
    assert last.run.valid, last.run.error
    lines = last.run.serial_text.split("\r\n")
    assert len(lines) == 32
    assert lines[-2] == "done"
    assert len(set(lines[1:30])) == 1
    assert "".join(e.text for e in events if isinstance(e, Heard)) == last.run.serial_text


def test_it_ends_at_the_text_waited_for(work: Path) -> None:
    found = ran(work, until="work", time_limit_s=1.0)
    assert found.valid
    assert "done" not in found.serial_text


def test_text_that_never_comes_is_an_error_and_the_output_is_kept(work: Path) -> None:
    found = ran(work, until="finished", time_limit_s=0.5)
    assert found.error is not None
    assert found.error.exit_code == ExitCode.MEASUREMENT
    assert "forever at main.c:" in found.error.message
    assert "done" in found.serial_text


@pytest.mark.parametrize("kind", ["bin", "hex"])
def test_bare_bytes_and_intel_hex_run_as_the_elf_does(
    kind: str, work: Path, tmp_path: Path
) -> None:
    [*segments] = parse(work.read_bytes()).segments
    path = tmp_path / f"image.{kind}"
    image = IntelHex()
    for segment in segments:
        image.puts(segment.address, segment.data)
    if kind == "hex":
        image.write_hex_file(str(path))
    else:
        path.write_bytes(bytes(image.tobinarray()))
    found = ran(path, time=f"{address(work, 'work') | 1:#010x}", calls=2)
    assert found.calls == (SHORT_CYCLES, WORK_CYCLES)
    assert found.image.kind == {"bin": "binary", "hex": "Intel HEX"}[kind]


def test_one_that_prints_nothing_says_what_it_did(tmp_path: Path) -> None:
    path = own_elf(WB, tmp_path, "void reset(void) { for (;;) {} }")
    found = ran(path, time_limit_s=0.2)
    assert found.error is not None
    assert found.error.exit_code == ExitCode.MEASUREMENT
    assert "printed nothing in 0.2 s" in found.error.message
    assert found.board_seconds == pytest.approx(0.2)
    assert "reset at main.c:1" in found.error.message
    assert "USART1" in found.error.remedy


def test_one_that_sleeps_for_ever_is_not_waited_for(tmp_path: Path) -> None:
    path = own_elf(WB, tmp_path, 'void reset(void) { for (;;) __asm volatile("wfi"); }')
    found = ran(path, time_limit_s=3600.0)
    assert found.error is not None
    assert "sleeps in reset" in found.error.message


def test_a_probe_that_is_unplugged_keeps_the_output(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = VirtualBus()
    last: object = None
    heard = ""
    with plugged(bus, WB) as device:
        trust_the_clock_of(device, monkeypatch)
        monkeypatch.setattr(
            "tinylab.bench.station.station.Station.open_serial",
            lambda station, baud: VirtualComPort(device.machine),
        )
        options = FirmwareOptions(work, time="not_called", time_limit_s=3600.0)
        plan = plan_firmware(options, [parse_station("nucleo_wb55rg")])
        for event in run(plan, threading.Event(), bus):
            heard += event.text if isinstance(event, Heard) else ""
            if "done" in heard and device in bus.devices:
                bus.unplug(device)
            last = event
    assert isinstance(last, FirmwareFinished)
    assert last.run.error is not None
    assert last.run.error.exit_code == ExitCode.LINK
    assert "unplugged" in last.run.error.message
    assert "done" in last.run.serial_text


def test_stopping_keeps_the_output(work: Path) -> None:
    cancelled = threading.Event()
    plan = plan_firmware(
        FirmwareOptions(work, until="never", time_limit_s=3600.0),
        [parse_station("sim:nucleo_wb55rg")],
    )
    last: object = None
    for event in run(plan, cancelled):
        if isinstance(event, Heard):
            cancelled.set()
        last = event
    assert isinstance(last, FirmwareFinished)
    assert last.run.error is not None
    assert last.run.error.exit_code == ExitCode.INTERRUPTED
    assert last.run.serial_text.startswith("w")


def test_registers_that_are_not_there_are_listed(tmp_path: Path) -> None:
    source = """
NOINLINE void rng_start(void) { REG(0x5FFF0000u) = 4u; }
void reset(void) { serial_start(); rng_start(); print("up"); for (;;) {} }
"""
    found = ran(own_elf(WB, tmp_path, source), trace=True)
    [register] = found.unknown_registers
    assert (register.kind, register.address) == ("write", 0x5FFF_0000)
    assert register.place.startswith("rng_start at main.c:2")
