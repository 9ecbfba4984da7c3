"""A model file that cannot be used, whatever the reason, costs its own rows and no others."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.keras_files import dense, layer, numbers, sequential, write_keras
from tinylab.bench.plan.events import RunFailed, RunFinished
from tinylab.bench.plan.plan import Options, make_plan, parse_station
from tinylab.bench.session.session import run
from tinylab.bench.session.session_results import SessionResults
from tinylab.errors import (
    DoesNotFit,
    ExitCode,
    GenerationError,
    InternalError,
    ModelFileError,
    TinylabError,
)
from tinylab.results.store import RunState, Store
from tinylab.zoo.execution import reference
from tinylab.zoo.execution.memory import Memory
from tinylab.zoo.network import Network
from tinylab.zoo.tensor_type import FloatArray

GOOD = "house_price"
BOARD = "sim:nucleo_wb55rg@64"


def session(folder: Path, *models: Path | str) -> tuple[dict[str, TinylabError | None], ExitCode]:
    """What became of each model, by its name, and the exit code of `tinylab run`."""
    plan = make_plan(
        [str(model) for model in models], [parse_station(BOARD)], Options(inferences=2)
    )
    results = SessionResults(plan)
    found: dict[str, TinylabError | None] = {}
    with Store.open(folder / "results.sqlite") as store:
        for event in run(plan, store=store, cancelled=threading.Event()):
            results.take(event)
            if isinstance(event, RunFinished):
                found[Path(event.job.model).stem] = None
            if isinstance(event, RunFailed):
                found[Path(event.job.model).stem] = event.error
        states = {one.state for one in store.recent() if Path(one.model).stem != GOOD}
    assert states <= {RunState.FAILED}
    assert found[GOOD] is None, "the good model was measured"
    return found, results.exit_code


def huge(path: Path) -> Path:
    """One input takes 19 GB."""
    layers = [
        layer("Conv2D", "conv", filters=1, kernel_size=3),
        layer("GlobalMaxPooling2D", "pool"),
    ]
    arrays = {"layers/conv2d": [numbers(3, 3, 3, 1), numbers(1)]}
    return write_keras(path, sequential(*layers, shape=(40_000, 40_000, 3)), arrays)


def huge_inside(path: Path) -> Path:
    """Input and output are small; what is between them is padded to 17 GB and then skipped."""
    layers = [
        layer("ZeroPadding2D", "pad", padding=[[32_000, 32_000], [32_000, 32_000]]),
        layer("Conv2D", "conv", filters=1, kernel_size=1, strides=16_000),
        layer("Flatten", "flat"),
    ]
    arrays = {"layers/conv2d": [numbers(1, 1, 1, 1), numbers(1)]}
    return write_keras(path, sequential(*layers, shape=(8, 8, 1)), arrays)


def overflowing(path: Path) -> Path:
    """The weights are finite, the outputs are not."""
    arrays = {
        f"layers/dense{suffix}": [np.full((4, 4), 3e38, np.float32), numbers(4)]
        for suffix in ("", "_1")
    }
    return write_keras(path, sequential(dense("one", 4), dense("two", 4)), arrays)


def test_no_model_costs_the_rows_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = write_keras(
        tmp_path / "odd.keras",
        sequential(dense("one", 4)),
        {"layers/dense": [numbers(4, 4), numbers(4)]},
    )
    damaged = tmp_path / "damaged.keras"
    damaged.write_bytes(odd.read_bytes()[:-100])
    run_reference = reference.run

    def fails_for_one(
        network: Network, inputs: Sequence[FloatArray], memory: Memory | None = None
    ) -> tuple[FloatArray, ...]:
        if network.input_shape == (4,) and len(network.layers) == 1:
            raise ZeroDivisionError("by hand")
        return run_reference(network, inputs, memory)

    monkeypatch.setattr(reference, "run", fails_for_one)
    found, code = session(
        tmp_path,
        huge(tmp_path / "huge.keras"),
        huge_inside(tmp_path / "inside.keras"),
        overflowing(tmp_path / "overflowing.keras"),
        damaged,
        odd,
        GOOD,
    )
    assert isinstance(found["huge"], DoesNotFit)
    assert isinstance(found["inside"], ModelFileError)
    assert "cannot be computed on this computer" in found["inside"].message
    assert isinstance(found["overflowing"], ModelFileError | GenerationError)
    assert "not finite" in found["overflowing"].message
    assert isinstance(found["damaged"], ModelFileError)
    assert isinstance(found["odd"], InternalError)
    assert "ZeroDivisionError: by hand" in found["odd"].message
    assert "fails_for_one" in found["odd"].details
    assert code == ExitCode.INTERNAL
