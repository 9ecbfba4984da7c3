"""A run ends at a time of the board's, however late the host looks."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.fakes.broken_kernels import UNDEFINED_INSTRUCTION
from tests.fakes.com_port import com_port
from tests.fakes.own_firmware import FAULTING, events_of, own_elf, ran
from tests.fakes.stations import plugged, trust_the_clock_of
from tinylab.bench.firmware import live_board
from tinylab.bench.firmware.firmware_events import FirmwareFinished
from tinylab.boards.catalog import by_name
from tinylab.errors import ExitCode
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

WB = by_name("nucleo_wb55rg")
DELAYS = (0, 20_000, 400_000)
POLLS_S = (0.0, 0.002, 0.1)

WAITING = """
NOINLINE void wait(uint32_t n) { for (uint32_t i = 0; i < n; ++i) __asm volatile("nop"); }
void reset(void) {
  serial_start();
  print("first\\r\\n"); wait(200000u);
  print("second\\r\\n"); wait(4000000u);
  print("too late\\r\\n");
  for (;;) {}
}
"""
"""At 4 MHz, with some 4 cycles for each pass: 0.2 s, then 4 s."""


def faulting(folder: Path, delay: int) -> Path:
    harm = f"for (volatile int i = 0; i < {delay}; ++i) {{}} {UNDEFINED_INSTRUCTION}"
    return own_elf(WB, folder / str(delay), FAULTING.replace("HARM", harm))


@pytest.mark.parametrize("text", ["up", "up\r\n"])
@pytest.mark.parametrize("delay", DELAYS)
def test_text_before_a_fault_counts(delay: int, text: str, tmp_path: Path) -> None:
    path = faulting(tmp_path, delay)
    first, second = (ran(path, until=text) for _ in range(2))
    for found in (first, second):
        assert found.valid, found.error
        assert found.fault is None
        assert found.serial_text == text
    assert first.board_seconds == second.board_seconds


def test_without_the_text_the_fault_counts(tmp_path: Path) -> None:
    found = ran(faulting(tmp_path, 0), until="down")
    assert found.error is not None
    assert found.fault is not None
    assert found.serial_text == "up\r\n"


@pytest.mark.parametrize("delay", DELAYS)
def test_text_before_a_fault_counts_on_a_real_board(
    delay: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its text may come later than the state of the core."""
    bus, path = VirtualBus(), faulting(tmp_path, delay)
    with plugged(bus, WB) as device, com_port(device, monkeypatch):
        trust_the_clock_of(device, monkeypatch)
        on = f"nucleo_wb55rg#{device.descriptor.serial_number}"
        last = events_of(path, on, bus, until="up")[-1]
        assert isinstance(last, FirmwareFinished)
        assert last.run.valid, last.run.error
        assert last.run.fault is None


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_elf(WB, tmp_path_factory.mktemp("waiting"), WAITING)


def test_it_ends_at_the_same_time_however_slowly_it_is_polled(
    waiting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = set()
    for poll_s in POLLS_S:
        monkeypatch.setattr(live_board, "POLL_S", poll_s)
        found = ran(waiting, until="sec")
        assert found.serial_text == "first\r\nsec"
        ends.add(found.board_seconds)
    assert len(ends) == 1


def test_silence_ends_it_at_the_same_time_however_slowly_it_is_polled(
    waiting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = set()
    for poll_s in POLLS_S:
        monkeypatch.setattr(live_board, "POLL_S", poll_s)
        found = ran(waiting)
        assert found.valid, found.error
        assert found.serial_text == "first\r\nsecond\r\n"
        ends.add(found.board_seconds)
    assert len(ends) == 1
    assert ends.pop() > 2.2


def test_text_after_the_time_limit_does_not_count(
    waiting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = time.monotonic()
    for poll_s in POLLS_S:
        monkeypatch.setattr(live_board, "POLL_S", poll_s)
        found = ran(waiting, until="second", time_limit_s=0.1)
        assert found.error is not None
        assert found.error.exit_code == ExitCode.MEASUREMENT
        assert found.serial_text == "first\r\n"
        assert found.board_seconds == pytest.approx(0.1)
    assert time.monotonic() - begun < 25, "a board that stands at the text was waited for"


def test_timed_calls_end_at_the_same_time(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = set()
    for poll_s in POLLS_S:
        monkeypatch.setattr(live_board, "POLL_S", poll_s)
        found = ran(work, time="work", calls=4)
        ends.add((found.board_seconds, found.serial_text))
    assert len(ends) == 1
