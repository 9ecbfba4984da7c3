"""Runs a .tflite file with LiteRT, Google's interpreter, in a separate process.

It runs what tinylab itself does not read, such as quantised files, so that the outputs of other
code for the same file can be checked.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tinylab import plain_files, temporary_folders
from tinylab.errors import ModelFileError
from tinylab.zoo import loading_process
from tinylab.zoo.load import MAX_FILE, SIGNATURES
from tinylab.zoo.network import FloatArray

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


def is_tflite(source: Path) -> bool:
    """Whether the file begins like a .tflite file."""
    place, signature = SIGNATURES[".tflite"]
    try:
        return plain_files.read(source, MAX_FILE)[place : place + len(signature)] == signature
    except OSError:
        return False


def run(source: Path, inputs: Sequence[FloatArray], cancelled: Callable[[], bool]) -> Interpreted:
    """Run the network in `source` on real values, an array of shape (m, elements) for each input.

    Raises ModelFileError if the file cannot be read or run, Interrupted when cancelled.
    """
    try:
        content = plain_files.read(source, MAX_FILE)
    except OSError as error:
        why = error.strerror or error
        raise ModelFileError(
            f"{source}: cannot be read: {why}.", remedy=loading_process.REMEDY
        ) from error
    with temporary_folders.make() as folder:
        np.savez(folder / "inputs.npz", *inputs)
        (folder / "model.tflite").write_bytes(content)
        command = (*COMMAND, str(folder), source.name)
        how, printed = loading_process.run(command, folder, cancelled, TIME_LIMIT_S)
        report = folder / "error.json"
        if report.exists():
            raise ModelFileError(**json.loads(report.read_text(encoding="utf-8")))
        if not (folder / "ports.json").exists():
            raise ModelFileError(
                f"{source.name}: the process of the LiteRT interpreter {how}.",
                remedy=loading_process.REMEDY,
                details=printed[-4000:],
            )
        return _result(folder, hashlib.sha256(content).hexdigest())


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
