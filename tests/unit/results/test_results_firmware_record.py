"""What running somebody's own image gave, as figures and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from tinylab.errors import ExitCode, InputError, LinkError
from tinylab.results.documents import as_json
from tinylab.results.firmware_record import (
    SCHEMA,
    FirmwareDocument,
    FirmwareRun,
    ImageRecord,
    MlperfRecord,
    MlperfWindow,
    call_cycles,
)

IMAGE = ImageRecord("mine.elf", "elf", "ab" * 32, 1_000)
RUN = FirmwareRun("nucleo_wb55rg", "cortex-m4", None, True, 2.0, IMAGE)
TIMED = replace(RUN, clock_hz=64e6, calls=(64_000, 128_000, 640_000, 64_000))
WINDOWS = tuple(MlperfWindow(10, 1, elapsed, (0.5,)) for elapsed in (1_000_000, 250_000, 500_000))
MLPERF = MlperfRecord("dut", "profile", "ic01", "zeros", 4, "cd" * 32, WINDOWS)


def test_no_calls_have_no_statistics() -> None:
    assert call_cycles(()) is None
    assert RUN.cycles is None
    assert as_json(RUN)["cycles"] is None
    assert as_json(replace(RUN, clock_hz=64e6))["latency_ms"] is None
    assert RUN.board_seconds == 0.0


def test_calls_are_counted_in_cycles_and_told_in_milliseconds() -> None:
    cycles = TIMED.cycles
    assert cycles is not None
    assert (cycles.n, cycles.min, cycles.max) == (4, 64_000, 640_000)
    assert (cycles.median, cycles.mean) == (96_000.0, 224_000.0)
    assert as_json(TIMED)["cycles"] == asdict(cycles)
    assert as_json(TIMED)["latency_ms"] == {"min": 1.0, "median": 1.5, "mean": 3.5, "max": 10.0}


@pytest.mark.parametrize("clock_hz", [None, 0.0])
def test_without_a_clock_there_are_no_times(clock_hz: float | None) -> None:
    run = replace(TIMED, clock_hz=clock_hz)
    assert run.seconds(64) is None
    assert as_json(run)["latency_ms"] is None
    assert TIMED.seconds(64) == 1e-6


def test_throughput_is_inferences_over_the_images_own_time() -> None:
    assert [window.inferences_per_second for window in WINDOWS] == [10.0, 40.0, 20.0]
    assert MLPERF.median_inferences_per_second == 20.0
    shown = json.loads(json.dumps(as_json(replace(RUN, mlperf=MLPERF))))["mlperf"]
    assert shown["median_inferences_per_second"] == 20.0
    assert [window["inferences_per_second"] for window in shown["windows"]] == [10.0, 40.0, 20.0]


def test_a_failure_is_kept_whole() -> None:
    error = LinkError("Gone.", remedy="Plug it in.", details="ENODEV")
    failed = RUN.failed(error)
    assert (RUN.valid, failed.valid) == (True, False)
    assert failed.error is not None
    assert (failed.error.message, failed.error.remedy) == ("Gone.", "Plug it in.")
    assert (failed.error.details, failed.error.exit_code) == ("ENODEV", int(error.exit_code))
    assert as_json(failed)["valid"] is False


def test_a_document_ends_as_its_worst_run_did() -> None:
    errors = InputError("Wrong."), LinkError("Gone.")
    runs = (RUN, *(RUN.failed(error) for error in errors))
    document = FirmwareDocument("0.1.0", "2025-01-02", runs)
    assert document.exit_code == max(error.exit_code for error in errors)
    assert replace(document, runs=(RUN, RUN)).exit_code is ExitCode.OK
    assert document.to_json()["schema"] == SCHEMA
    assert len(document.to_json()["rows"]) == 3  # type: ignore[arg-type]
