"""LiteRT runs .tflite files in a process of its own."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from tinylab import plain_files
from tinylab.errors import Interrupted, ModelFileError
from tinylab.zoo import load
from tinylab.zoo.execution import reference
from tinylab.zoo.load import never
from tinylab.zoo.processes import interpreter

MODELS = Path(__file__).resolve().parents[3] / "models" / "human_activity"
FLOAT, INT8 = MODELS / "model.tflite", MODELS / "model_int8.tflite"
INPUTS = np.random.default_rng(3).normal(size=(3, 78)).astype(np.float32)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "cache"))


def test_a_float_file_gives_what_our_reference_gives() -> None:
    made = interpreter.run(FLOAT, [INPUTS], never)
    network = load.load(FLOAT)
    [ours] = reference.run(network, [INPUTS.reshape(3, *network.input_shape)])
    wanted = ours.reshape(3, -1)
    assert np.abs(made.values[0] - wanted).max() < 1e-5
    assert not made.quantised
    assert made.sha256 == hashlib.sha256(FLOAT.read_bytes()).hexdigest()
    assert [(one.elements, one.kind, one.scale) for one in made.inputs] == [(78, "float32", None)]


def test_a_quantised_file_takes_and_gives_real_values() -> None:
    made = interpreter.run(INT8, [INPUTS], never)
    [given], [result] = made.inputs, made.outputs
    assert made.quantised
    assert (given.elements, given.kind, result.elements, result.kind) == (78, "int8", 3, "int8")
    assert result.scale == 1 / 256
    assert np.allclose(made.values[0] * 256, np.rint(made.values[0] * 256))
    exact = interpreter.run(FLOAT, [INPUTS], never).values[0]
    assert np.abs(made.values[0] - exact).max() < 0.1


def test_inputs_of_another_size_are_not_run() -> None:
    for inputs in ([INPUTS[:, :5]], [INPUTS, INPUTS], []):
        made = interpreter.run(FLOAT, inputs, never)
        assert made.values == ()
        assert made.outputs[0].elements == 3


@pytest.mark.parametrize("size", [0, 7, 300, 4_000])
def test_damaged_files_have_an_error_and_end_nothing_else(tmp_path: Path, size: int) -> None:
    damaged = tmp_path / "damaged.tflite"
    damaged.write_bytes(INT8.read_bytes()[:size])
    with pytest.raises(ModelFileError, match=r"^damaged\.tflite: .*LiteRT interpreter") as caught:
        interpreter.run(damaged, [INPUTS], never)
    assert caught.value.remedy
    assert "Traceback" not in f"{caught.value}{caught.value.details}"


def test_what_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/zero"), tmp_path / "nowhere"):
        assert interpreter.sha256_of(path) is None
        with pytest.raises(ModelFileError, match=r"cannot be read|there is no such file"):
            interpreter.run(path, [INPUTS], never)
    assert interpreter.sha256_of(INT8)
    assert interpreter.sha256_of(MODELS / "model.keras") is None
    assert plain_files.read(INT8, 1 << 20)[4:8] == b"TFL3"


def test_it_can_be_stopped() -> None:
    with pytest.raises(Interrupted):
        interpreter.run(INT8, [INPUTS], lambda: True)
