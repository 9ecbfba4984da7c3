"""Calls of one function in an image built elsewhere, timed on a virtual board."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

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
from tinylab.bench.firmware.firmware_events import CallTimed, FirmwareFinished
from tinylab.bench.firmware.firmware_plan import FirmwareOptions, plan_firmware
from tinylab.bench.firmware.firmware_session import run
from tinylab.bench.plan.plan import parse_station
from tinylab.boards.catalog import by_name
from tinylab.errors import ExitCode, InputError
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

WB, H7 = by_name("nucleo_wb55rg"), by_name("nucleo_h723zg")


def test_calls_are_timed_to_the_cycle(work: Path) -> None:
    events = events_of(work, time="work", calls=4, warmup=2)
    last = events[-1]
    assert isinstance(last, FirmwareFinished)
    assert last.run.warmup_calls == (WORK_CYCLES, SHORT_CYCLES)
    assert last.run.calls == (WORK_CYCLES, WORK_CYCLES, SHORT_CYCLES, WORK_CYCLES)
    told = [(e.number, e.warmup) for e in events if isinstance(e, CallTimed)]
    assert told == [(1, True), (2, True), (1, False), (2, False), (3, False), (4, False)]
    assert last.run.clock_hz == 4_000_000
    assert last.run.simulated
    assert last.run.expected_error_percent == WB.general_code_error_percent


@pytest.mark.parametrize("on", ["sim:nucleo_wb55rg", "sim:nucleo_h723zg"])
def test_the_same_calls_take_the_same_cycles_every_time(on: str, tmp_path: Path) -> None:
    path = own_elf(by_name(on.removeprefix("sim:")), tmp_path, WORK)
    first, second = (ran(path, on, time="deep", calls=5).calls for _ in range(2))
    assert len(first) == 5
    assert first == second


def test_a_static_function_by_its_address(work: Path) -> None:
    by_address = ran(work, time=f"{address(work, 'hidden') | 1:#010x}", calls=2)
    by_name_ = ran(work, time="hidden", calls=2)
    assert by_address.calls == by_name_.calls
    assert by_address.function == by_name_.function


def test_a_tail_call_belongs_to_its_caller(work: Path) -> None:
    assert ran(work, time="tail", calls=2).calls[0] > WORK_CYCLES


def test_recursion_is_timed_from_the_outside(work: Path) -> None:
    deep = ran(work, time="deep", calls=3).calls
    assert len(set(deep)) == 1
    assert deep[0] > 6 * 10


def test_an_inner_call_that_returns_to_the_same_place_is_not_the_end(work: Path) -> None:
    """`again` calls its caller, which calls it from where it was called the first time."""
    calls = ran(work, time="again", calls=3).calls
    assert len(set(calls)) == 1
    around = ran(work, time="caller", calls=1).calls[0]
    assert around - 20 < calls[0] < around


def test_fewer_calls_than_wanted_are_reported_with_a_warning(work: Path) -> None:
    found = ran(work, time="caller", calls=100, time_limit_s=1.0)
    assert found.valid
    assert len(found.calls) == 29
    assert any("only 30 times" in warning for warning in found.warnings)


def test_the_only_call_is_not_given_to_warm_up(tmp_path: Path) -> None:
    path = own_elf(WB, tmp_path, WORK.replace("i < 30", "i < 1"))
    found = ran(path, time="caller", time_limit_s=0.3)
    assert len(found.calls) == 1
    assert not found.warmup_calls
    assert any("warm-up" in warning for warning in found.warnings)


def test_a_function_that_is_never_called(work: Path) -> None:
    found = ran(work, time="not_called", time_limit_s=0.3)
    assert found.error is not None
    assert found.error.exit_code == ExitCode.MEASUREMENT
    assert "not_called was not called within 0.3 s" in found.error.message
    assert found.board_seconds == pytest.approx(0.3)
    assert "forever at main.c:" in found.error.message
    assert "--time-limit" in found.error.remedy
    assert "done" in found.serial_text


def test_a_function_that_never_returns(work: Path) -> None:
    found = ran(work, time="forever", time_limit_s=0.5)
    assert found.error is not None
    assert "did not return" in found.error.message
    assert "forever at main.c:" in found.error.message


def test_where_the_board_starts_cannot_be_timed(work: Path) -> None:
    found = ran(work, time="reset")
    assert found.error is not None
    assert found.error.exit_code == ExitCode.INPUT
    assert "never returns" in found.error.message


IN_RAM = """
NOINIT volatile uint32_t sink;
NOINIT uint32_t copy[16];
NOINLINE uint32_t square(uint32_t n) { return n * n; }
void reset(void) {
  const uint32_t *from = (const uint32_t *)((uint32_t)square & ~3u);
  for (int i = 0; i < 16; ++i) ((volatile uint32_t *)copy)[i] = from[i];
  uint32_t (*const moved)(uint32_t) =
      (uint32_t (*)(uint32_t))((uint32_t)copy + ((uint32_t)square & 3u));
  for (;;) sink = moved(sink);
}
"""


def test_a_function_that_was_copied_to_ram(tmp_path: Path) -> None:
    path = own_elf(H7, tmp_path, IN_RAM)
    shift = address(path, "square") & 3
    found = ran(path, "sim:nucleo_h723zg", time=f"{address(path, 'copy') + shift:#010x}")
    assert found.valid, found.error
    assert len(found.calls) == 10


def test_a_function_in_ram_is_refused_on_a_cortex_m4(tmp_path: Path) -> None:
    path = own_elf(WB, tmp_path, IN_RAM)
    with pytest.raises(InputError, match="RAM; a Cortex-M4"):
        ran(path, time=f"{address(path, 'copy') + 1:#010x}")


def test_how_many_calls_fit_into_the_limit_does_not_depend_on_the_host(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = ran(work, time="tail", calls=1000, time_limit_s=0.02)
    monkeypatch.setattr("tinylab.bench.firmware.live_board.POLL_S", 0.1)
    slow = ran(work, time="tail", calls=1000, time_limit_s=0.02)
    assert 1 < len(quick.calls) < 29
    assert slow.calls == quick.calls


def test_what_plays_a_real_board_is_timed_with_the_same_flags(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = VirtualBus()
    with plugged(bus, WB) as device:
        trust_the_clock_of(device, monkeypatch)
        wanted = FirmwareOptions(work, time="tail", calls=3)
        plan = plan_firmware(wanted, [parse_station("nucleo_wb55rg")])
        last = list(run(plan, threading.Event(), bus))[-1]
    assert isinstance(last, FirmwareFinished)
    found = last.run
    assert found.valid, found.error
    assert not found.simulated
    assert found.calls == ran(work, time="tail", calls=3).calls
    assert found.clock_hz == pytest.approx(4e6, rel=0.001)
    assert any("serial port" in warning for warning in found.warnings)


COUNTING = """
NOINIT volatile uint32_t sink;
#define COUNTER_SWITCH REG(0xE0001000u)
NOINLINE uint32_t spin(uint32_t n) {
  for (uint32_t i = 0; i < n; ++i) __asm volatile("nop");
  return n;
}
NOINLINE void plain(void) { sink = spin(1000); }
NOINLINE void zeroes(void) { CYCLES = 0; sink = spin(1000); }
NOINLINE void stops(void) { sink = spin(500); COUNTER_SWITCH &= ~1u; sink = spin(500); }
NOINLINE void sets(void) { sink = spin(500); CYCLES = 0x80000000u; sink = spin(500); }
void reset(void) {
  serial_start();
  for (;;) {
    counter_start(); plain(); zeroes();
    counter_start(); stops();
    counter_start(); sets();
  }
}
"""


@pytest.fixture(scope="module")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_elf(WB, tmp_path_factory.mktemp("counting"), COUNTING)


@pytest.mark.parametrize("function", ["zeroes", "stops", "sets"])
def test_what_firmware_does_to_the_counter_does_not_matter_on_a_virtual_board(
    counting: Path, function: str
) -> None:
    plain = ran(counting, time="plain", calls=3).calls
    found = ran(counting, time=function, calls=3)
    assert found.valid, found.error
    assert len(found.calls) == 3
    for calls in zip(found.calls, plain, strict=True):
        assert 0 < calls[0] - calls[1] < 50


@pytest.mark.parametrize("function", ["zeroes", "stops", "sets"])
def test_on_a_real_board_a_counter_that_firmware_changes_is_refused(
    counting: Path, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = VirtualBus()
    with plugged(bus, WB) as device:
        trust_the_clock_of(device, monkeypatch)
        on = f"nucleo_wb55rg#{device.descriptor.serial_number}"
        last = events_of(counting, on, bus, time=function, calls=3)[-1]
        assert isinstance(last, FirmwareFinished)
        assert last.run.error is not None
        assert last.run.error.exit_code == ExitCode.MEASUREMENT
        assert "DWT CYCCNT" in last.run.error.message
        well = events_of(counting, on, bus, time="plain", calls=3)[-1]
        assert isinstance(well, FirmwareFinished)
        assert well.run.valid
        assert well.run.clock_hz in (None, pytest.approx(4_000_000, rel=0.05))
