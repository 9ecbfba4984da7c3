"""What is said on stderr where that is no terminal."""

from __future__ import annotations

import logging
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tinylab.bench.plan.events import Stage, StageProgress
from tinylab.bench.plan.plan import Options, Plan, make_plan, parse_station
from tinylab.cli import log_lines
from tinylab.cli.progress import Lines
from tinylab.errors import ExitCode

COMPILING = "compiling the Cortex-M4 cycle model (once; about 10 s)"


@pytest.fixture
def plan() -> Plan:
    return make_plan(["house_price"], [parse_station("sim:nucleo_wb55rg@64")], Options())


def test_that_a_cycle_model_is_compiled_is_said_once(
    plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    [job] = plan.jobs
    with Lines(plan) as lines:
        for fraction in (0.0, 0.0, 0.4, 1.0):
            lines.take(StageProgress(job, Stage.LOAD, fraction, COMPILING))
        lines.take(StageProgress(job, Stage.BUILD, 0.5, "Compiling main.c"))
    assert capsys.readouterr().err == f"  house_price on sim:nucleo_wb55rg at 64 MHz: {COMPILING}\n"


LOGGING = """
import logging, sys, threading, warnings
from tests.fakes.scripted import Scripted
from tinylab.cli.arguments import parse
from tinylab.cli.headless import headless

def log():
    logging.getLogger("tinylab.sim.bus").warning("read from %#010x, where nothing is", 0xE0042000)
    warnings.warn("overflow\\n encountered", RuntimeWarning)

class Logging(Scripted):
    def _run(self, job, *others):
        for event in super()._run(job, *others):
            thread = threading.Thread(target=log, name=f"session on {job.station.label}")
            thread.start()
            thread.join()
            yield event

sys.exit(headless(parse(["run", "--on", "sim:nucleo_wb55rg@48,64", "--model", "house_price"]),
                  Logging()))
"""


@pytest.mark.parametrize("terminal", [False, True], ids=["lines", "bars"])
def test_what_libraries_log_is_narrated_once_with_its_board(
    terminal: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(tmp_path))
    reading, writing = pty.openpty() if terminal else os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-c", LOGGING], stdout=subprocess.DEVNULL, stderr=writing
    )
    os.close(writing)
    said = b""
    with suppress(OSError):  # the end of a terminal
        while piece := os.read(reading, 4096):
            said += piece
    os.close(reading)
    assert child.wait() == ExitCode.OK
    lines = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in said.decode().splitlines()]
    logged = [line for line in lines if "where nothing is" in line]
    assert logged == ["  sim:nucleo_wb55rg: read from 0xe0042000, where nothing is"]
    [warned] = [line for line in lines if "RuntimeWarning: overflow" in line]
    assert warned.startswith("  sim:nucleo_wb55rg: ")
    assert any("0.719 ms" in line for line in lines)


def test_outside_a_session_logs_are_lines_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    with log_lines.shown_by(log_lines.on_stderr):
        for _ in range(2):
            logging.getLogger("any").warning("two\nlines")
        with log_lines.shown_by(lambda text: log_lines.on_stderr(f"inner{text}")):
            logging.getLogger("any").error("%d", 3)
        logging.getLogger("any").info("details")
        logging.getLogger("any").warning("last")
    assert capsys.readouterr().err.splitlines() == ["  two lines", "inner  3", "  last"]
