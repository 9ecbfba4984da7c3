"""MLPerf Tiny's protocol with an image on a virtual board: well-behaved, and otherwise."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.fakes.own_firmware import own_elf, ran
from tests.fakes.stations import plugged, trust_the_clock_of
from tinylab.bench.firmware.firmware_events import FirmwareFinished
from tinylab.bench.firmware.firmware_plan import FirmwareOptions, plan_firmware
from tinylab.bench.firmware.firmware_session import run
from tinylab.bench.plan.plan import parse_station
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.errors import ExitCode
from tinylab.results.firmware_record import FirmwareRun
from tinylab.sim.virtual_probe.usb_bus import VirtualBus
from tinylab.sim.virtual_probe.vcp import VirtualComPort

WB, F446 = by_name("nucleo_wb55rg"), by_name("nucleo_f446re")
DUT = (Path(__file__).resolve().parents[2] / "fakes" / "mlperf_dut.c").read_text()


def dut(board: Board, folder: Path, model: str = "kws01", source: str = DUT) -> Path:
    return own_elf(board, folder, source, [f'-DMODEL="{model}"'])


def spoken(path: Path, on: str = "sim:nucleo_wb55rg", **options: object) -> FirmwareRun:
    return ran(path, on, protocol="mlperf", **options)


@pytest.mark.parametrize("board", [WB, F446], ids=["wb", "f4"])
def test_five_windows_and_their_median(board: Board, tmp_path: Path) -> None:
    path = dut(board, tmp_path)
    found = spoken(path, f"sim:{board.name}", inferences=20, warmup=2)
    assert found.valid, found.error
    record = found.mlperf
    assert record is not None
    assert (record.name, record.model) == ("tinylab-test", "kws01")
    assert (record.input, record.input_bytes) == ("zeros", 490)
    assert [(w.inferences, w.warmup) for w in record.windows] == [(20, 2)] * 5
    assert all(window.results == (0.0, 490.0) for window in record.windows)


def test_the_same_every_time_to_the_microsecond(tmp_path: Path) -> None:
    path = dut(WB, tmp_path)
    first, second = (spoken(path, inferences=20).mlperf for _ in range(2))
    assert first is not None
    assert first == second


def test_throughput_is_what_the_debugger_counts_too(tmp_path: Path) -> None:
    record = spoken(dut(WB, tmp_path), inferences=1000).mlperf
    calling = DUT.replace("  for (;;) {\n", "  for (;;) infer_once();\n  for (;;) {\n", 1)
    counted = ran(dut(WB, tmp_path / "calling", source=calling), time="infer_once")
    assert record is not None
    assert counted.cycles is not None
    seconds = counted.cycles.median / 4e6
    assert record.median_inferences_per_second == pytest.approx(1 / seconds, rel=0.01)


def test_the_users_bytes_are_sent(tmp_path: Path) -> None:
    path = dut(WB, tmp_path)
    data = bytes(index * 7 % 256 for index in range(490))
    payload = tmp_path / "input.bin"
    payload.write_bytes(data)
    record = spoken(path, input=payload).mlperf
    assert record is not None
    wanted = sum(value * (index + 1) for index, value in enumerate(data))
    assert record.windows[0].results == (float(wanted), 490.0)
    assert record.input == str(payload)


def test_too_many_bytes_are_refused_by_the_image(tmp_path: Path) -> None:
    payload = tmp_path / "input.bin"
    payload.write_bytes(bytes(500))
    found = spoken(dut(WB, tmp_path), input=payload)
    assert found.error is not None
    assert found.error.exit_code == ExitCode.MEASUREMENT
    assert "refused `db load 500%`: too many bytes" in found.error.message


def test_fewer_bytes_than_the_reference_model_takes_are_warned_of(tmp_path: Path) -> None:
    payload = tmp_path / "input.bin"
    payload.write_bytes(bytes(4))
    found = spoken(dut(WB, tmp_path), input=payload, inferences=1)
    assert any("4 bytes" in warning and "490" in warning for warning in found.warnings)


def test_an_unknown_model_gets_no_input_and_a_warning(tmp_path: Path) -> None:
    found = spoken(dut(WB, tmp_path, model="mine"))
    assert found.valid
    assert found.mlperf is not None
    assert found.mlperf.input_bytes == 0
    assert any("--input" in warning for warning in found.warnings)


def test_short_windows_are_owned_up_to(tmp_path: Path) -> None:
    found = spoken(dut(WB, tmp_path))
    assert found.mlperf is not None
    assert all(1e6 < window.elapsed_us < 1.1e6 for window in found.mlperf.windows)
    assert any("10 s" in warning for warning in found.warnings)


@pytest.mark.parametrize("rate", [2.0, 0.5], ids=["fast", "slow"])
def test_a_timer_at_another_rate_is_noticed(rate: float, tmp_path: Path) -> None:
    source = DUT.replace("CYCLES / CLOCK_MHZ", f"(uint32_t)(CYCLES / CLOCK_MHZ * {rate}f)")
    found = spoken(dut(WB, tmp_path, source=source), inferences=500)
    assert found.valid
    assert any("timer may run at another rate" in warning for warning in found.warnings)


def test_on_silicon_a_window_is_made_to_last_ten_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = VirtualBus()
    with plugged(bus, WB) as device:
        trust_the_clock_of(device, monkeypatch)
        serial = device.descriptor.serial_number
        port = SimpleNamespace(device="COM9", serial_number=serial, location=None, vid=0x0483)
        monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [port])
        opened = []

        def open_port(name: str, baud: int) -> VirtualComPort:
            opened.append((name, baud))
            return VirtualComPort(device.machine)

        monkeypatch.setattr("tinylab.bench.station.station.ComPort", open_port)
        options = FirmwareOptions(dut(WB, tmp_path), protocol="mlperf", warmup=0)
        plan = plan_firmware(options, [parse_station("nucleo_wb55rg")])
        last = list(run(plan, threading.Event(), bus))[-1]
    assert isinstance(last, FirmwareFinished)
    assert last.run.valid, last.run.error
    assert opened == [("COM9", 115_200)]
    assert last.run.mlperf is not None
    windows = last.run.mlperf.windows
    assert len(windows) == 5
    assert [w.elapsed_us for w in windows if not 10e6 < w.elapsed_us < 11e6] == []
    assert not last.run.warnings


BROKEN = {
    "a timer that stands": ("CYCLES / CLOCK_MHZ", "42u", "do not change"),
    "one timestamp": ('stamp();\n  line("m-infer-d', 'line("m-infer-d', "m-lap-us"),
    "no numbers": ('print("m-results-[")', 'print("m-results-[x")', "numbers in m-results"),
    "no name": ('line("m-name-dut-[tinylab-test]")', 'line("hello")', "m-name-dut"),
    "no db": ('begins(command, "db")', 'begins(command, "xx")', "Unknown command: db load 490"),
    "never ready": ('  line("m-ready");\n}', "}", "did not send m-ready when answering `name%`"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_wrong_answers(case: str, tmp_path: Path) -> None:
    old, new, said = BROKEN[case]
    assert old in DUT
    found = spoken(dut(WB, tmp_path, source=DUT.replace(old, new)), time_limit_s=1.0)
    assert found.error is not None
    assert found.error.exit_code == ExitCode.MEASUREMENT
    assert said in found.error.message
    assert "m-init-done" in found.serial_text


def test_garbage(tmp_path: Path) -> None:
    source = "void reset(void) { serial_start(); for (;;) put((char)0xA5); }"
    found = spoken(own_elf(WB, tmp_path, source), time_limit_s=1.0)
    assert found.error is not None
    assert found.error.exit_code == ExitCode.MEASUREMENT
    assert "--baud" in found.error.remedy
    assert found.serial_text.startswith("\\xa5")


def test_silence(tmp_path: Path) -> None:
    source = "void reset(void) { serial_start(); for (;;) {} }"
    found = spoken(own_elf(WB, tmp_path, source), time_limit_s=1.0)
    assert found.error is not None
    assert "sent nothing" in found.error.message
    assert "reset at main.c:1" in found.error.message


def test_an_inference_that_never_ends(tmp_path: Path) -> None:
    source = DUT.replace("sum = 0;\n", 'sum = 0; for (;;) __asm volatile("");\n')
    found = spoken(dut(WB, tmp_path, source=source), time_limit_s=0.5)
    assert found.error is not None
    assert "when answering `infer 3 1%`" in found.error.message
    assert "infer_once at main.c:" in found.error.message
