"""Networks that keep states, on a virtual board: samples are a sequence, or each begins anew."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.tflite import streaming
from tests.fakes.tflite.files import network_of
from tinylab.bench.plan.events import RunFailed, RunFinished
from tinylab.bench.plan.plan import Options, make_plan, parse_station
from tinylab.bench.session.session import run
from tinylab.results.record import RunRecord
from tinylab.results.store import Store
from tinylab.zoo.execution import reference
from tinylab.zoo.samples import files as sample_files

STATION = "sim:nucleo_wb55rg@64"
COUNT = 5


def measured(content: bytes, folder: Path, *, reset: bool, own: bool = True) -> RunRecord:
    """All samples are alike, so that only the states make their outputs differ. The answers are
    the outputs of a sequence, so the mean error is that of the states."""
    network = network_of(content, folder)
    x = np.ones((COUNT, *network.input_shape), np.float32)
    [y] = reference.run(network, [x])
    np.savez(folder / "mine.npz", x=x, y=y.reshape(COUNT, -1))
    data = sample_files.read(folder / "mine.npz") if own else None
    options = Options(inferences=3, data=data, reset_state=reset)
    plan = make_plan([str(folder / "model.tflite")], [parse_station(STATION)], options)
    with Store.open(folder / "results.sqlite") as store:
        store.begin_session()
        events = list(run(plan, store=store, cancelled=threading.Event()))
    [end] = [one for one in events if isinstance(one, RunFinished | RunFailed)]
    assert end.record is not None
    return end.record


@pytest.mark.parametrize("reset", [False, True])
def test_samples_are_a_sequence_unless_each_begins_anew(tmp_path: Path, reset: bool) -> None:
    content = streaming.lstm(np.random.default_rng(1), kind="LSTM")
    record = measured(content, tmp_path, reset=reset)
    assert record.valid
    data, accuracy = record.data, record.accuracy
    assert data is not None
    assert accuracy is not None
    assert (data.samples, data.different) == (COUNT, 0)
    assert data.cycles.n == COUNT
    assert accuracy.board == pytest.approx(accuracy.host, abs=1e-5)
    assert accuracy.mean_error is not None
    # The known answers are those of a sequence.
    assert (abs(accuracy.mean_error) > 1e-3) == reset
    assert any("24 B of states are kept between inferences" in one for one in record.warnings)


def test_inputs_without_data_are_compared_after_a_reset(tmp_path: Path) -> None:
    content = streaming.integer_lstm(
        np.random.default_rng(1), steps=3, inputs=5, units=4, clip=0.0, exponent=-11
    )
    record = measured(content, tmp_path, reset=False, own=False)
    assert record.valid
    assert record.output is not None
    assert (record.output.max_abs_error, record.output.tolerance) == (0.0, 0.0)
