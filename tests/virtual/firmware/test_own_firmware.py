"""Images built elsewhere run on virtual boards: output, timed calls, faults, what never comes."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from intelhex import IntelHex

from tests.fakes.own_firmware import own_elf
from tests.fakes.stations import plugged, trust_the_clock_of
from tinylab.bench.firmware.firmware_events import CallTimed, FirmwareFinished, Heard
from tinylab.bench.firmware.firmware_plan import FirmwareOptions, plan_firmware
from tinylab.bench.firmware.firmware_session import run
from tinylab.bench.plan.plan import parse_station
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.build.elf import parse
from tinylab.errors import ExitCode, InputError
from tinylab.results.firmware_record import FirmwareRun
from tinylab.sim.virtual_probe.usb_bus import VirtualBus
from tinylab.sim.virtual_probe.vcp import VirtualComPort

WB, F446, F767, H7 = (
    by_name(f"nucleo_{name}") for name in ("wb55rg", "f446re", "f767zi", "h723zg")
)

WORK = """
NOINIT volatile uint32_t sink;
NOINLINE uint32_t work(uint32_t n) {
  uint32_t sum = 0;
  __asm volatile("" ::: "memory");
  for (uint32_t i = 0; i < n; ++i) sum += i * i ^ sum;
  return sum;
}
NOINLINE static uint32_t hidden(uint32_t n) { return work(n) + 1u; }
NOINLINE uint32_t tail(uint32_t n) { return work(n); }
NOINLINE uint32_t deep(uint32_t n) {
  const uint32_t below = n ? deep(n - 1u) : 0u;
  __asm volatile("" ::: "memory");
  return below + n;
}
NOINLINE uint32_t again(uint32_t n);
NOINLINE uint32_t caller(uint32_t n) { const uint32_t x = again(n); sink = x; return x + 1u; }
NOINLINE uint32_t again(uint32_t n) {
  const uint32_t x = n ? caller(n - 1u) : 0u;
  sink = x;
  return x + 2u;
}
NOINLINE void forever(void) { for (;;) sink = sink + 1u; }
void not_called(void);
NOINLINE void not_called(void) { sink = 7; }
void reset(void) {
  serial_start();
  counter_start();
  sink = 0;
  for (uint32_t i = 0; i < 30; ++i) {
    const uint32_t begun = CYCLES;
    sink = work(100);
    const uint32_t took = CYCLES - begun;
    print("work "); print_number(took); print("\\r\\n");
    sink = hidden(10); sink = tail(100); sink = deep(5); sink = caller(2);
  }
  print("done\\r\\n");
  if (sink == 1234567u) not_called();
  forever();
}
"""
WORK_CYCLES, SHORT_CYCLES = 705, 75
"""100 passes of 7 cycles: mul, eors, add, adds, cmp, and 2 of bne but 1 the last time; behind
4 of mov, cbz, movs, mov, before 2 of bx lr; or 10 passes.
Read off the machine code and the M4's manual."""


def events_of(
    path: Path, on: str = "sim:nucleo_wb55rg", bus: VirtualBus | None = None, **options: object
) -> list[object]:
    wanted = replace(FirmwareOptions(path), **options)  # type: ignore[arg-type]
    return list(run(plan_firmware(wanted, [parse_station(on)]), threading.Event(), bus))


def ran(path: Path, on: str = "sim:nucleo_wb55rg", **options: object) -> FirmwareRun:
    last = events_of(path, on, **options)[-1]
    assert isinstance(last, FirmwareFinished)
    return last.run


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_elf(WB, tmp_path_factory.mktemp("work"), WORK)


def address(path: Path, name: str) -> int:
    return parse(path.read_bytes()).symbols[name]


# Output


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


# Timed calls


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
    assert last.run.expected_error_percent == WB.expected_error_percent


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


# What goes wrong

FAULTS = {
    "NULL + data": ("REG(0x60000000u) = 1;", "PRECISERR", 0x6000_0000),
    "undefined": ('__asm volatile("udf #0");', "UNDEFINSTR", None),
    "no code": ("((void (*)(void))0x30000001u)();", "IBUSERR", None),
}
FAULTING = """
NOINIT volatile uint32_t sink;
NOINLINE void culprit(void) {
  HARM
  sink = 1;
}
void hard_fault(void) { for (;;) {} }
void reset(void) { serial_start(); print("up\\r\\n"); culprit(); for (;;) {} }
"""


@pytest.mark.parametrize("harm", FAULTS)
@pytest.mark.parametrize("board", [WB, H7], ids=["wb", "h7"])
def test_a_fault_says_what_and_where(board: Board, harm: str, tmp_path: Path) -> None:
    code, word, at = FAULTS[harm]
    path = own_elf(board, tmp_path, FAULTING.replace("HARM", code))
    found = ran(path, f"sim:{board.name}")
    assert found.error is not None
    assert found.error.exit_code == ExitCode.MEASUREMENT
    assert found.fault is not None
    assert found.fault.exception == "HardFault"
    assert any(cause.startswith(word) for cause in found.fault.causes)
    assert found.fault.address == at
    assert word in found.error.details
    assert "lr 0x" in found.error.details
    if harm != "no code":
        assert found.fault.place.startswith("culprit at main.c:")
    assert found.serial_text == "up\r\n"


def test_a_stack_that_overflows_locks_the_core_up(tmp_path: Path) -> None:
    source = """
NOINIT volatile uint32_t sink;
NOINLINE uint32_t deeper(uint32_t n) {
  volatile uint32_t room[64];
  room[0] = n;
  const uint32_t x = deeper(n + 1u);
  return x + room[0];
}
void hard_fault(void) { for (;;) {} }
void reset(void) { serial_start(); print("up\\r\\n"); sink = deeper(0); for (;;) {} }
"""
    found = ran(own_elf(WB, tmp_path, source, ["-Wno-infinite-recursion"]))
    assert found.error is not None
    assert "lock-up occurred in code called from deeper at main.c:6" in found.error.message
    assert "stack overflow" in found.error.details
    assert found.serial_text == "up\r\n"


TICKING = """
NOINIT volatile uint32_t ticks, sink;
NOINLINE void work(uint32_t n) { for (uint32_t i = 0; i < n; ++i) sink = i; }
void sys_tick(void) { ++ticks; work(20); IN_HANDLER }
void bus_fault(void) { for (;;) {} }
void reset(void) {
  serial_start();
  ticks = 0;
  REG(0xE000E014u) = 3999u; REG(0xE000E018u) = 0; REG(0xE000E010u) = 7u;
  REG(0xE000ED24u) |= 1u << 17;
  while (ticks < 50u) __asm volatile("wfi");
  print("50 ticks\\r\\n");
  REG(0x60000000u) = 1;
}
"""


def test_a_fault_with_a_handler_of_its_own_is_caught_there(tmp_path: Path) -> None:
    found = ran(own_elf(WB, tmp_path, TICKING.replace("IN_HANDLER", "")))
    assert found.fault is not None
    assert found.fault.exception == "BusFault"
    assert found.fault.place == "reset at main.c:13"
    assert found.fault.registers["sp"] % 8 == 0
    assert found.serial_text == "50 ticks\r\n"
    assert found.board_seconds == pytest.approx(0.05, abs=0.005)


def test_a_handler_is_timed_until_it_has_returned(tmp_path: Path) -> None:
    found = ran(own_elf(WB, tmp_path, TICKING.replace("IN_HANDLER", "")), time="sys_tick")
    assert found.valid
    assert len(found.calls) == 10
    assert set(found.calls) == {found.cycles.median if found.cycles else 0}
    assert found.board_seconds == pytest.approx(0.011, abs=0.002)


def test_what_is_stuck_in_a_handler_says_so(tmp_path: Path) -> None:
    source = TICKING.replace("IN_HANDLER", "for (;;) sink = 1u;")
    found = ran(own_elf(WB, tmp_path, source), time_limit_s=0.2)
    assert found.error is not None
    assert "sys_tick at main.c:4, handling SysTick" in found.error.message


def test_semihosting_is_recognised(tmp_path: Path) -> None:
    path = own_elf(WB, tmp_path, 'void reset(void) { __asm volatile("bkpt 0xab"); for (;;) {} }')
    found = ran(path)
    assert found.error is not None
    assert "semihosting from a debugger in reset" in found.error.message


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
