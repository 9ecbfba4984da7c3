"""What Keras says of a file, beside what tinylab says: agreement, and every way to differ."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.keras_files import dense, layer, numbers, sequential, write_h5
from tinylab.cli.main import main
from tinylab.errors import ExitCode, InputError, ModelFileError
from tinylab.zoo import catalog
from tinylab.zoo.keras import model_file as keras_file
from tinylab.zoo.network import Network
from tinylab.zoo.processes import second_opinion

STANDS_IN = """
import json, sys
from pathlib import Path
import numpy as np
folder = Path(sys.argv[1])
inputs = np.load(folder / "inputs.npy")
first = inputs @ np.load({weights!r})
second = np.maximum(first, 0) {change}
np.savez(folder / "keras.npz", first, second, second)
layers = [{{"name": "one", "kind": "Dense"}}, {{"name": "two", "kind": "ReLU"}}]
(folder / "keras.json").write_text(json.dumps({{"version": "9.9", "layers": layers}}))
"""
"""The process of Keras, played: a Dense without bias and a ReLU."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    kernel = numbers(4, 4)
    np.save(tmp_path / "weights.npy", kernel)
    config = sequential(dense("one", 4, use_bias=False), layer("ReLU", "two"))
    return write_h5(tmp_path / "net.h5", config, {"one": [kernel]})


@pytest.fixture
def network(source: Path) -> Network:
    return keras_file.read(source)


def play(monkeypatch: pytest.MonkeyPatch, source: Path, change: str) -> None:
    """Have `change` done to what the last layer makes, as if Keras read something else."""
    script = STANDS_IN.format(weights=str(source.with_name("weights.npy")), change=change)
    monkeypatch.setattr(second_opinion, "COMMAND", (sys.executable, "-c", script))
    monkeypatch.setattr(second_opinion, "find_spec", lambda name: name)


def test_agreement_is_within_rounding(
    source: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch, source, "* np.float32(1.00001)")
    opinion = second_opinion.ask_keras(source, network)
    assert opinion.version == "9.9"
    assert opinion.agrees
    assert [(one.name, one.keras, one.ours) for one in (*opinion.layers, opinion.output)] == [
        ("one", (4,), (4,)),
        ("two", (4,), (4,)),
        ("output", (4,), (4,)),
    ]


@pytest.mark.parametrize("change", ["* np.float32(1.001)", "[:, :3]", "[:, ::-1]"])
def test_the_first_layer_that_differs_is_named(
    source: Path,
    change: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    play(monkeypatch, source, change)
    code = main(["models", str(source), "--check-with-keras"])
    said = capsys.readouterr()
    assert code == ExitCode.MEASUREMENT
    assert "differ, first at 'two'" in said.err
    one, two = (line for line in said.out.splitlines() if line.startswith(("one", "two")))
    assert one.rstrip().endswith(" the same")
    assert two.rstrip().endswith("NOT THE SAME")


def test_the_comparison_is_printed_as_json(
    source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play(monkeypatch, source, "[:, :3]")
    assert main(["models", str(source), "--check-with-keras", "--json"]) == ExitCode.MEASUREMENT
    document = json.loads(capsys.readouterr().out)
    assert document["agrees"] is False
    assert [row["agrees"] for row in document["layers"]] == [True, False, False]
    assert document["layers"][1]["keras_shape"] == [3]
    assert document["layers"][1]["difference"] is None


def test_without_keras_it_is_told_what_to_install(
    source: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_opinion, "find_spec", lambda name: None)
    with pytest.raises(InputError) as caught:
        second_opinion.ask_keras(source, network)
    assert caught.value.message == "Keras and TensorFlow are not installed."
    assert 'pip install "tinylab[keras]"' in caught.value.remedy


def test_a_tflite_file_is_none_of_keras(network: Network) -> None:
    with pytest.raises(InputError, match=r"Keras does not read \.tflite files"):
        second_opinion.ask_keras(catalog.model("house_price").tflite, network)


def test_a_process_that_fails_is_told(
    source: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch, source, "@ 'nonsense'")
    with pytest.raises(ModelFileError, match=r"net\.h5: the Keras process ended with") as caught:
        second_opinion.ask_keras(source, network)
    assert "Traceback" in caught.value.details


def test_the_question_needs_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--check-with-keras"]) == ExitCode.INPUT
    assert "--check-with-keras requires NAME|FILE" in capsys.readouterr().err
