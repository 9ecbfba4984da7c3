"""What is said on stderr where that is no terminal."""

from __future__ import annotations

import pytest

from tinylab.bench.plan.events import Stage, StageProgress
from tinylab.bench.plan.plan import Options, Plan, make_plan, parse_station
from tinylab.cli.progress import Lines

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
