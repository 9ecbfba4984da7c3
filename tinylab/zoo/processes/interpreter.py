"""Runs a .tflite file with LiteRT, Google's interpreter, in a separate process.

It runs what tinylab itself does not read, such as quantised files, so that the outputs of other
code for the same file can be checked.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo import model_bytes, signatures
from tinylab.zoo.processes import loading_process
from tinylab.zoo.tensor_type import FloatArray

COMMAND: tuple[str, ...] = (sys.executable, "-P", "-m", "tinylab.zoo.tflite.interpreter_worker")
TIME_LIMIT_S = 60.0
"""For all inputs. The largest networks that fit a board take about a second each."""
PACKAGE = "ai_edge_litert"


@dataclass(frozen=True)
class Port:
    """One input or output of the file; `scale` is None if it is not quantised."""

    elements: int
    kind: str
    scale: float | None


@dataclass(frozen=True, eq=False)
class Interpreted:
    """What the interpreter made of a file.

    `values` has the real values of each output, shape (m, elements); it is empty if the inputs that
    were given are not as many as the file's, or of other sizes.
    """

    sha256: str
    version: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    quantised: bool
    """Whether the network computes with quantised values, whatever its inputs and outputs are."""
    values: tuple[FloatArray, ...]


def is_available() -> bool:
    """Whether the interpreter is installed; there is none for some computers."""
    return find_spec(PACKAGE) is not None


def sha256_of(source: Path) -> str | None:
    """Of a file that begins like a .tflite file; None for any other."""
    try:
        read = model_bytes.read(source)
        kind = signatures.recognise(source, read.content)
    except ModelFileError:
        return None
    return read.sha256 if kind is signatures.Format.TFLITE else None


def run(
    source: Path, inputs: Sequence[FloatArray], cancelled: Callable[[], bool], expected: str = ""
) -> Interpreted:
    """Run the network in `source` on real values, an array of shape (m, elements) for each input.

    Raises ModelFileError if the file cannot be read or run, or its SHA-256 is not `expected`,
    OutputError on a full disk, Interrupted when cancelled.
    """
    read = model_bytes.read(source, expected)
    with loading_process.folder() as folder:
        with loading_process.full_disk_told(folder):
            np.savez(folder / "inputs.npz", *inputs)
            (folder / "model.tflite").write_bytes(read.content)
        command = (*COMMAND, str(folder), source.name)
        ended = loading_process.run(command, folder, cancelled, TIME_LIMIT_S)
        report = folder / "error.json"
        if report.exists():
            raise ModelFileError(**json.loads(report.read_text(encoding="utf-8")))
        if not (folder / "ports.json").exists():
            raise ModelFileError(
                f"{source.name}: the process of the LiteRT interpreter {ended.how}.",
                remedy=loading_process.REMEDY,
                details=loading_process.useful(ended.last_words),
            )
        return _result(folder, read.sha256)


def _result(folder: Path, sha256: str) -> Interpreted:
    ports = json.loads((folder / "ports.json").read_text(encoding="utf-8"))
    values: tuple[FloatArray, ...] = ()
    if (folder / "outputs.npz").exists():
        with np.load(folder / "outputs.npz", allow_pickle=False) as arrays:
            values = tuple(arrays[f"arr_{index}"] for index in range(len(arrays.files)))
    return Interpreted(
        sha256,
        ports["version"],
        tuple(_port(one) for one in ports["inputs"]),
        tuple(_port(one) for one in ports["outputs"]),
        ports["quantised"],
        values,
    )


def _port(stored: dict[str, object]) -> Port:
    scale = stored["scale"]
    return Port(int(str(stored["elements"])), str(stored["kind"]), float(str(scale)) or None)
