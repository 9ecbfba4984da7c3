"""A person's own samples on a virtual board, and what of them is refused before a build."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.tflite import int16
from tinylab.bench.plan.events import RunFailed, RunFinished, StageProgress
from tinylab.bench.plan.plan import Options, Plan, make_plan, parse_station
from tinylab.bench.prepare import given_samples
from tinylab.bench.session.session import run
from tinylab.cli.main import main
from tinylab.results.record import RunRecord
from tinylab.results.store import Store
from tinylab.zoo import catalog, load
from tinylab.zoo.execution import reference
from tinylab.zoo.samples import files as sample_files

STATION = "sim:nucleo_wb55rg@64"
COUNT = 6
MODELS = ("house_price", "house_price:int8", "human_activity:int8")


def data_of(model: str, folder: Path, *, answers: bool = True) -> Path:
    golden = catalog.golden(catalog.model(model))
    given = {"x": golden.inputs[:COUNT]} | ({"y": golden.targets[:COUNT]} if answers else {})
    np.savez(folder / "mine.npz", **given)
    return folder / "mine.npz"


def planned(model: str, data: Path) -> Plan:
    options = Options(inferences=3, data=sample_files.read(data))
    return make_plan([model], [parse_station(STATION)], options)


def measured(model: str, data: Path, folder: Path) -> tuple[RunRecord, list[str]]:
    with Store.open(folder / "results.sqlite") as store:
        store.begin_session()
        events = list(run(planned(model, data), store=store, cancelled=threading.Event()))
    told = [one.text for one in events if isinstance(one, StageProgress)]
    [end] = [one for one in events if isinstance(one, RunFinished | RunFailed)]
    assert end.record is not None
    return end.record, told


@pytest.mark.parametrize("model", MODELS)
def test_every_sample_goes_through_the_board(model: str, tmp_path: Path) -> None:
    record, told = measured(model, data_of(model, tmp_path), tmp_path)
    found = catalog.model(model)
    golden = catalog.golden(found)
    assert record.valid
    assert record.inputs == "mine.npz"
    data, accuracy, output = record.data, record.accuracy, record.output
    assert data is not None
    assert accuracy is not None
    assert output is not None
    assert (data.file, data.samples, data.different, data.where) == ("mine.npz", COUNT, 0, ())
    assert data.cycles.n == COUNT
    # Lines of code that an inference does not evict from the cache, which depends on where the
    # linker puts them, are other ones after a request than between inferences: some 10 cycles.
    assert data.each[0] == pytest.approx(record.cycles.median, rel=1e-3)
    assert (min(data.each), max(data.each)) == (data.cycles.min, data.cycles.max)
    assert data.each[data.fastest - 1] == data.cycles.min
    assert data.each[data.slowest - 1] == data.cycles.max
    assert told[-COUNT:] == [f"sample {number} of {COUNT}" for number in range(1, COUNT + 1)]
    if found.number_type == "int8":  # to the bit
        assert (output.max_abs_error, output.tolerance) == (0.0, 0.0)
        assert accuracy.host == accuracy.board
    [outputs] = reference.run(load.load(found.file), [golden.inputs[:COUNT]])
    score = catalog.score(found.metric, outputs, golden.targets[:COUNT])
    before = catalog.score(found.metric, golden.outputs[:COUNT], golden.targets[:COUNT])
    assert (accuracy.metric, accuracy.samples) == (found.metric, COUNT)
    assert accuracy.host == pytest.approx(score, rel=1e-5)
    assert accuracy.board == pytest.approx(score, rel=1e-4)
    assert accuracy.float_reference == pytest.approx(before, rel=1e-5)


@pytest.mark.parametrize("make", [int16.convolutional, int16.dense])
def test_a_network_of_int16_runs_to_the_bit(
    make: Callable[[np.random.Generator], bytes], tmp_path: Path
) -> None:
    file = tmp_path / "wide.tflite"
    file.write_bytes(make(np.random.default_rng(1)))
    shape = load.load(file).input_shape
    x = np.random.default_rng(2).uniform(-4, 4, (COUNT, *shape))
    np.savez(tmp_path / "mine.npz", x=x.astype(np.float32))
    record, _ = measured(str(file), tmp_path / "mine.npz", tmp_path)
    assert record.valid
    assert record.data is not None
    assert record.output is not None
    assert (record.data.different, record.output.max_abs_error) == (0, 0.0)


def test_without_answers_there_is_no_accuracy(tmp_path: Path) -> None:
    data = data_of("house_price", tmp_path, answers=False)
    record, _ = measured("house_price", data, tmp_path)
    assert record.accuracy is None
    assert record.data is not None
    assert record.data.samples == COUNT


def test_samples_that_differ_are_named_and_the_run_is_invalid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host expects something else for two of the samples."""
    data = data_of("house_price", tmp_path)
    host = given_samples.host_outputs

    def wrong(*given: object, **named: object) -> np.ndarray:
        outputs = host(*given, **named).copy()  # type: ignore[arg-type]
        outputs[[1, 4]] += 1.0
        return outputs

    monkeypatch.setattr(given_samples, "host_outputs", wrong)
    record, _ = measured("house_price", data, tmp_path)
    assert not record.valid
    assert record.data is not None
    assert (record.data.different, record.data.where) == (2, (2, 5))
    assert "2 of 6 samples differ: 2, 5" in record.warnings[0]
    command = f"tinylab verify house_price --on {STATION} --data mine.npz"
    assert f"`{command}` names the first layer that departs." in record.warnings[0]


def test_data_of_another_shape_are_refused_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where only the last of several models does not take them."""
    monkeypatch.setattr(
        "tinylab.cli.headless.measure", lambda *_: pytest.fail("something was measured")
    )
    data = data_of("house_price", tmp_path)
    words = ["--model", "house_price", "--model", "human_activity", "--on", STATION]
    assert main(["run", *words, "--data", str(data), "--format", "json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["exit_code"] == 2
    assert "mine.npz: x has the shape 6 x 19" in error["message"]
    assert "n x 26 x 3" in error["message"]
    assert error["remedy"] == "These take the data: --model house_price"


def test_without_data_the_record_says_what_was_given(tmp_path: Path) -> None:
    file = tmp_path / "mine.keras"
    file.write_bytes(catalog.model("house_price").file.read_bytes())
    plan = make_plan(
        ["house_price", "house_price:int8", str(file)],
        [parse_station(STATION)],
        Options(inferences=3),
    )
    with Store.open(tmp_path / "results.sqlite") as store:
        store.begin_session()
        events = list(run(plan, store=store, cancelled=threading.Event()))
    records = [one.record for one in events if isinstance(one, RunFinished)]
    assert [record.inputs for record in records] == [
        "held-out samples", "held-out samples", "random values",
    ]  # fmt: skip
    plain, quantised, own = (record.accuracy for record in records)
    assert own is None
    assert plain is not None
    assert quantised is not None
    assert (plain.host, plain.float_reference) == (0.8883, 0.8883)
    assert (quantised.host, quantised.float_reference) == (0.8521, 0.8883)
    assert quantised.board is None
    assert [record.data for record in records] == [None] * 3
    assert [one.identity.number_type for one in records] == ["float32", "int8", "float32"]
