"""Every layer on a board against the host's, virtual or real: `pytest --probe SERIAL`."""

from __future__ import annotations

import pytest

from tests.scenarios.conftest import Rig
from tinylab.bench.plan.plan import Options, StationRequest, make_plan
from tinylab.bench.verify.verification import Verifier


@pytest.mark.parametrize("model", ["house_price", "human_activity:int8"])
def test_all_layers_agree(station: Rig, model: str) -> None:
    request = StationRequest(
        station.board.name, serial=station.serial, clocks_hz=station.clocks[1:]
    )
    plan = make_plan([model], [request], Options())
    told: list[str] = []
    verifier = Verifier(
        plan.options, 2, lambda: False, lambda job, text: told.append(text), station.bus
    )
    [row] = [verifier.verify(job) for job in plan.jobs]
    assert row.error is None
    assert row.agrees
    assert (row.samples, row.identity.serial) == (2, station.serial)
    assert told[-1] == "input 2 of 2"
