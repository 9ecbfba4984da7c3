"""Files of a few layers each, made by TensorFlow: the outputs are those of Keras."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.unit.zoo.layer_names import KERAS_ONLY, NAMES
from tinylab.zoo.execution import reference
from tinylab.zoo.keras import model_file as keras_file
from tinylab.zoo.network import Network
from tinylab.zoo.processes import stored
from tinylab.zoo.tflite import model_file as tflite_file

ROOT = Path(__file__).resolve().parents[3]
FILES = [f"{name}{suffix}" for name in NAMES for suffix in (".keras", ".h5")]
FILES += [f"{name}.tflite" for name in NAMES if name not in KERAS_ONLY]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("tensorflow") is None:
        pytest.skip("TensorFlow, which has no package for this Python, makes these files")
    folder = tmp_path_factory.mktemp("layers")
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    subprocess.run(
        [sys.executable, "-m", "tests.unit.zoo.layer_samples", str(folder)],
        env=environment | {"PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )
    return folder


def read(path: Path) -> Network:
    return (tflite_file if path.suffix == ".tflite" else keras_file).read(path)


@pytest.mark.parametrize("name", FILES)
def test_outputs_are_those_of_keras(name: str, samples: Path) -> None:
    network = read(samples / name)
    with np.load((samples / name).with_suffix(".npz")) as arrays:
        inputs = [arrays[f"in_{index}"] for index in range(len(network.inputs))]
        outputs = reference.run(network, inputs)
        assert sum(key.startswith("out_") for key in arrays) == len(outputs)
        for index, got in enumerate(outputs):
            wanted = arrays[f"out_{index}"]
            assert got.shape == wanted.shape
            assert np.abs(got - wanted).max() <= 1e-5 * np.abs(wanted).max()


def test_networks_are_stored_with_their_settings(samples: Path, tmp_path: Path) -> None:
    """Cells and their functions, groups, dilation and factors come back from the cache."""
    for name in ("bidirectional", "gru_settings", "dilated", "grouped", "layer_norm", "elu"):
        network = read(samples / f"{name}.keras")
        stored.save(network, tmp_path / "net.npz")
        again = stored.read(tmp_path / "net.npz", "", "", tmp_path)
        inputs = [np.ones((1, *one.shape), np.float32) for one in network.inputs]
        for got, wanted in zip(
            reference.run(again, inputs), reference.run(network, inputs), strict=True
        ):
            np.testing.assert_array_equal(got, wanted)
