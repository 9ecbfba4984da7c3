"""Why the cycles of timed calls passed: `--why`, from an image to every format."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import threading
from dataclasses import fields
from pathlib import Path

import pytest

from tests.fakes.own_firmware import WORK, own_elf, ran
from tests.fakes.stations import plugged, trust_the_clock_of
from tinylab.bench.firmware.firmware_events import FirmwareFinished
from tinylab.bench.firmware.firmware_plan import FirmwareOptions, plan_firmware
from tinylab.bench.firmware.firmware_session import run
from tinylab.bench.plan.plan import parse_station
from tinylab.boards.board import Core
from tinylab.boards.catalog import by_name
from tinylab.cli.main import main
from tinylab.errors import InputError
from tinylab.export.why_table import LABELS
from tinylab.results.cause_record import CycleCauses
from tinylab.results.firmware_record import FirmwareRun
from tinylab.sim.cycles.mechanisms.causes import Cause
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

WB = by_name("nucleo_wb55rg")
BOARDS = ["sim:nucleo_wb55rg", "sim:nucleo_h723zg", "sim:nucleo_u575zi_q"]

LAYERS = """
NOINIT volatile uint32_t sink;
NOINIT volatile float numbers[64];
NOINLINE float divide(float x) { float y = 3.0f; for (int i = 0; i < 20; ++i) y = x / y; return y; }
NOINLINE float dot(const volatile float *x, int n) {
  float sum = 0.0f;
  for (int i = 0; i < n; ++i) sum += x[i] * x[i];
  return sum;
}
NOINLINE static float layers(void) { return divide(dot((const float *)numbers, 64)) + 1.0f; }
void sys_tick(void) { sink = sink + 1u; }
void reset(void) {
  REG(0xE000ED88u) |= 0xFu << 20;
  for (int i = 0; i < 64; ++i) numbers[i] = 1.5f;
  REG(0xE000E014u) = 149; REG(0xE000E018u) = 0; REG(0xE000E010u) = 7;
  for (;;) if (layers() == 2.0f) sink = 3u;
}
"""
FLOATS = {
    "cortex-m4": ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
    "cortex-m7": ("-mcpu=cortex-m7", "-mfpu=fpv5-d16", "-mfloat-abi=hard"),
    "cortex-m33": ("-mcpu=cortex-m33", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
}


def adds_up(found: FirmwareRun) -> None:
    assert found.valid, found.error
    assert found.why is not None
    assert found.why.calls == len(found.calls)
    assert found.why.cycles == sum(found.calls) == sum(one.cycles for one in found.why.functions)
    own = [one.cycles for one in found.why.functions]
    assert own == sorted(own, reverse=True)


def test_a_cause_of_the_model_is_a_column_with_a_name() -> None:
    names = [cause.name.lower() for cause in Cause]
    assert [field.name for field in fields(CycleCauses)] == names
    assert list(LABELS) == names


@pytest.mark.parametrize("on", BOARDS)
def test_functions_and_an_interrupt_add_up_to_the_calls(on: str, tmp_path: Path) -> None:
    board = by_name(on.removeprefix("sim:"))
    path = own_elf(board, tmp_path, LAYERS, FLOATS[board.core.value])
    found = ran(path, on, time="layers", calls=6, warmup=2, why=True)
    adds_up(found)
    assert found.calls == ran(path, on, time="layers", calls=6, warmup=2).calls
    assert found.why is not None
    by_name_ = {one.name: one.causes for one in found.why.functions}
    # An interrupt may be taken when a call has returned, before the breakpoint there.
    caller = by_name_.pop("reset", CycleCauses())
    assert caller == CycleCauses(exception=caller.exception)
    assert set(by_name_) == {"layers", "dot", "divide", "sys_tick"}
    divide = by_name_["divide"]
    slowest = divide.code_memory if board.core is Core.CORTEX_M7 else divide.unit
    assert slowest > divide.sum // 2, "the M7's code comes over the bus, with its caches disabled"
    # An entry is 12 cycles, in what it interrupts; a return 10, in the handler.
    returns, rest = divmod(by_name_["sys_tick"].exception, 10)
    assert (returns > 3, rest) == (True, 0)
    assert abs(found.why.causes.exception - returns * (12 + 10)) <= 12


@pytest.mark.parametrize("time", ["work", "deep", "caller", "tail"])
def test_calls_within_calls_are_listed_by_their_own_cycles(work: Path, time: str) -> None:
    found = ran(work, time=time, calls=4, why=True)
    adds_up(found)
    assert found.why is not None
    called = {"caller": {"caller", "again"}, "tail": {"tail", "work"}}
    assert {one.name for one in found.why.functions} == called.get(time, {time})


def test_the_only_call_is_explained_although_it_is_a_warm_up(tmp_path: Path) -> None:
    path = own_elf(WB, tmp_path, WORK.replace("i < 30", "i < 1"))
    adds_up(ran(path, time="caller", time_limit_s=0.3, why=True))


def test_no_warm_up(work: Path) -> None:
    adds_up(ran(work, time="caller", calls=3, warmup=0, why=True))


def test_without_the_flag_nothing_is_kept(work: Path) -> None:
    assert ran(work, time="caller", calls=1).why is None


def test_an_image_without_symbols_has_one_line(work: Path, tmp_path: Path) -> None:
    stripped = tmp_path / "stripped.elf"
    subprocess.run(["arm-none-eabi-strip", "-o", stripped, work], check=True)
    named = ran(work, time="caller", calls=2, why=True)
    assert named.function is not None
    found = ran(stripped, time=f"{named.function.address | 1:#010x}", calls=2, why=True)
    adds_up(found)
    assert found.why is not None
    assert named.why is not None
    [only] = found.why.functions
    assert (only.name, only.address) == ("(no symbol)", None)
    assert only.causes == named.why.causes


def test_silicon_alone_is_refused(work: Path) -> None:
    options = FirmwareOptions(work, time="tail", why=True)
    with pytest.raises(InputError, match="only the sum") as refused:
        plan_firmware(options, [parse_station("nucleo_wb55rg")])
    assert "--on sim:nucleo_wb55rg" in refused.value.remedy


def test_why_without_time_is_refused(work: Path) -> None:
    with pytest.raises(InputError, match="--why requires --time"):
        plan_firmware(FirmwareOptions(work, why=True), [parse_station("sim:nucleo_wb55rg")])


def test_silicon_beside_a_virtual_board_says_what_is_not_known(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = VirtualBus()
    with plugged(bus, WB) as device:
        trust_the_clock_of(device, monkeypatch)
        options = FirmwareOptions(work, time="tail", calls=2, why=True)
        on = [parse_station(text) for text in ("nucleo_wb55rg", "sim:nucleo_wb55rg")]
        events = list(run(plan_firmware(options, on), threading.Event(), bus))
    real, virtual = (one.run for one in events if isinstance(one, FirmwareFinished))
    assert real.valid, real.error
    assert real.why is None
    assert any("only the sum" in warning for warning in real.warnings)
    adds_up(virtual)


def printed(capsys: pytest.CaptureFixture[str], work: Path, *more: str) -> str:
    words = ["--firmware", str(work), "--on", "sim:nucleo_wb55rg", "--time", "caller", "--why"]
    assert main(["--headless", *words, "--calls", "3", *more]) == 0
    return capsys.readouterr().out


def test_the_table(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, work).splitlines()
    begin = lines.index("caller: why the cycles of 3 calls passed")
    assert lines[begin + 1].split() == ["function", "cycles", "%", "issue", "branch"]
    rows = [line.split() for line in lines[begin + 3 : begin + 7]]
    assert [row[0] for row in rows] == ["again", "caller", "total", "%"]
    figures = [[int(cell.replace(",", "")) for cell in (row[1], *row[3:])] for row in rows[:3]]
    for again, caller, total in zip(*figures, strict=True):
        assert again + caller == total
    for cycles, *causes in figures:
        assert cycles == sum(causes)


def test_markdown(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, work, "--format", "markdown")
    assert "**caller: why the cycles of 3 calls passed**" in text
    assert "| function | cycles | % | issue | branch |" in text


def test_json_and_csv(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [row] = json.loads(printed(capsys, work, "--format", "json"))["rows"]
    why = row["why"]
    assert why["cycles"] == sum(why["causes"].values()) == sum(row["calls"])
    assert [one["name"] for one in why["functions"]] == ["again", "caller"]
    lines = list(csv.DictReader(io.StringIO(printed(capsys, work, "--format", "csv"))))
    functions = [line for line in lines if line["kind"] == "function"]
    assert [line["measured"] for line in functions] == ["again", "caller"]
    for line, one in zip(functions, why["functions"], strict=True):
        assert int(line["cycles"]) == one["cycles"]
        assert {name: int(line[name]) for name in one["causes"]} == one["causes"]
    assert not any(line["issue"] for line in lines if line["kind"] == "call")
