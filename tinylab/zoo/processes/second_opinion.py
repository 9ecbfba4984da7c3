"""Compares how Keras and tinylab read a model file.

Keras is not required to read models. If it is installed, it can read the same file in a
separate process, and the outputs are compared layer by layer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from tinylab.errors import InputError, ModelFileError
from tinylab.zoo import model_bytes, signatures
from tinylab.zoo.builder import plain
from tinylab.zoo.execution import reference
from tinylab.zoo.load import never
from tinylab.zoo.network import Network, Shape
from tinylab.zoo.processes import loading_process
from tinylab.zoo.tensor_type import FloatArray

COMMAND: tuple[str, ...] = (sys.executable, "-P", "-m", "tinylab.zoo.keras.second_opinion_worker")
TIME_LIMIT_S = 180.0
"""TensorFlow alone takes 3 to 20 s of it, depending on the machine's load."""
SAMPLES = 8
TOLERANCE = 1e-4
"""Relative to the largest output. Sums of float32 in another order differ by some 1e-6."""
INSTALL = 'Install them: pip install "tinylab[keras]". Reading models does not require them.'


@dataclass(frozen=True)
class Comparison:
    """A layer in both. `ours` is None if tinylab has no layer of that name."""

    name: str
    kind: str
    keras: Shape
    ours: Shape | None
    difference: float
    """Largest difference, relative to Keras' largest output; inf for different shapes."""

    @property
    def agrees(self) -> bool:
        return self.ours is None or self.difference <= TOLERANCE


@dataclass(frozen=True)
class Opinion:
    """Keras' version, its layers in order, and the network's output last."""

    version: str
    layers: tuple[Comparison, ...]
    output: Comparison

    @property
    def agrees(self) -> bool:
        return all(layer.agrees for layer in (*self.layers, self.output))


def ask_keras(source: Path, network: Network, cancelled: Callable[[], bool] = never) -> Opinion:
    """Compare `network`, read from `source`, with the same file read by Keras.

    Raises InputError if Keras or TensorFlow is missing or the file is not a Keras file,
    ModelFileError if Keras cannot read it, it has changed or is too large, OutputError on a full
    disk, Interrupted when cancelled.
    """
    _check(source)
    reference.check_memory(network, SAMPLES)
    content = model_bytes.read(source, network.sha256).content
    random = np.random.default_rng(0)
    inputs = random.standard_normal((SAMPLES, *network.input_shapes[0])).astype(np.float32)
    with loading_process.folder() as folder:
        with loading_process.full_disk_told(folder.parent):
            np.save(folder / "inputs.npy", inputs)
            (folder / source.name).write_bytes(content)
        description, made = _run(folder / source.name, folder, cancelled)
    ours = dict(reference.each_tensor(network, [inputs]))
    layers = tuple(
        _compare(layer["name"], layer["kind"], output, _named(layer["name"], ours))
        for layer, output in zip(description["layers"], made[:-1], strict=True)
    )
    output = _compare("output", "", made[-1], reference.run(network, [inputs])[0])
    return Opinion(description["version"], layers, output)


def _check(source: Path) -> None:
    kind = signatures.of_file(source)
    if kind in (signatures.Format.TFLITE, signatures.Format.ONNX):
        raise InputError(
            f"{source.name}: Keras does not read {kind.value} files.",
            remedy="Use the .keras or .h5 file that the model was converted from.",
        )
    missing = [name for name in ("keras", "tensorflow") if find_spec(name) is None]
    if missing:
        names = {"keras": "Keras", "tensorflow": "TensorFlow"}
        shown = " and ".join(names[name] for name in missing)
        verb = "are" if len(missing) > 1 else "is"
        raise InputError(f"{shown} {verb} not installed.", remedy=INSTALL)


def _run(
    source: Path, folder: Path, cancelled: Callable[[], bool]
) -> tuple[dict[str, Any], list[FloatArray]]:
    """The results of the Keras process: the layers, and their outputs, the network's last."""
    command = (*COMMAND, str(folder), str(source.resolve()))
    ended = loading_process.run(
        command, folder, cancelled, TIME_LIMIT_S,
        KERAS_BACKEND="tensorflow", KERAS_HOME=str(folder), TF_CPP_MIN_LOG_LEVEL="3",
        CUDA_VISIBLE_DEVICES="-1",
    )  # fmt: skip
    report, description = folder / "error.json", folder / "keras.json"
    if report.exists():
        raise ModelFileError(**json.loads(report.read_text(encoding="utf-8")))
    if not description.exists():
        raise ModelFileError(
            f"{source.name}: the Keras process {ended.how}.",
            remedy="Check that Keras and TensorFlow work: python -c 'import keras'.",
            details=ended.last_words[-4000:],
        )
    with np.load(folder / "keras.npz", allow_pickle=False) as arrays:
        made = [arrays[f"arr_{index}"] for index in range(len(arrays.files))]
    return json.loads(description.read_text(encoding="utf-8")), made


def _named(name: str, ours: dict[str, FloatArray]) -> FloatArray | None:
    """The output of Keras' layer `name`: after its activation, in its last shape."""
    for suffix in ("_nl", "_keepdims", ""):
        found = ours.get(f"{plain(name)}{suffix}")
        if found is not None:
            return found
    return None


def _compare(name: str, kind: str, keras: FloatArray, ours: FloatArray | None) -> Comparison:
    shape = keras.shape[1:]
    if ours is None:
        return Comparison(name, kind, shape, None, 0.0)
    if ours.shape != keras.shape:
        return Comparison(name, kind, shape, ours.shape[1:], float("inf"))
    largest = max(float(np.abs(keras).max()), 1e-30)
    difference = float(np.abs(ours - keras).max()) / largest
    return Comparison(name, kind, shape, ours.shape[1:], difference)


def disagreements(opinion: Opinion) -> Sequence[Comparison]:
    """The differences between the two, the most important first."""
    return [one for one in (*opinion.layers, opinion.output) if not one.agrees]
