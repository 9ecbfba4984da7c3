"""The second opinion: `python -m tinylab.zoo.keras.second_opinion_worker FOLDER FILE`.

Keras reads FILE and runs it on the inputs in FOLDER/inputs.npy. The layers are written to
FOLDER/keras.json, their outputs to FOLDER/keras.npz, an error to FOLDER/error.json. Only this
process imports Keras and TensorFlow.
"""

from __future__ import annotations

import json
import sys
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tinylab.errors import ModelFileError
from tinylab.zoo import signatures
from tinylab.zoo.keras import scan
from tinylab.zoo.keras.config import CONTAINERS
from tinylab.zoo.processes.process_limits import limit_processor_time, limit_resources
from tinylab.zoo.signatures import Format

MEMORY_LIMIT = 3 * 1024**3
"""Bytes of private memory, six times what TensorFlow itself uses."""
CPU_LIMIT_S = 3600
"""Of all threads; a process that has lost its parent ends then."""


def main(arguments: list[str]) -> None:
    """Write the outputs of Keras, or the error."""
    limit_resources(MEMORY_LIMIT)
    limit_processor_time(CPU_LIMIT_S)
    folder, path = Path(arguments[0]), Path(arguments[1])
    try:
        _scan(path)
        _write(_load(_with_its_suffix(path, folder)), folder)
    except ModelFileError as error:
        report = {
            "message": f"{path.name}: {error.message}",
            "remedy": error.remedy,
            "details": error.details,
        }
        (folder / "error.json").write_text(json.dumps(report), encoding="utf-8")


def _scan(path: Path) -> None:
    if signatures.of_file(path) is Format.KERAS:
        scan.scan_keras(path)
        with scan.opened_weights(path):
            return
    with scan.opened_hdf5(path):
        return


def _with_its_suffix(path: Path, folder: Path) -> Path:
    """The file under a name with the suffix by which Keras recognises its kind."""
    suffix = signatures.of_file(path).value
    if path.suffix == suffix:
        return path
    linked = folder / f"model{suffix}"
    linked.symlink_to(path)
    return linked


def _load(path: Path) -> Any:
    import keras

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return keras.models.load_model(path, compile=False, safe_mode=True)
    except (
        ValueError, TypeError, KeyError, OSError, AttributeError, IndexError, RuntimeError,
        AssertionError, NotImplementedError, MemoryError, zipfile.BadZipFile,
    ) as error:  # fmt: skip
        raise ModelFileError(
            f"could not be read by Keras {keras.__version__}.",
            remedy="An older version of Keras may be able to read it.",
            details=(str(error).strip().splitlines() or [""])[-1],
        ) from error


def _write(model: Any, folder: Path) -> None:
    import keras

    made = list(_outputs(model))
    # A Sequential model calls its layers once more for its outputs: states would change twice.
    own = made and made[-1][0] is model.layers[-1]
    output = made[-1][1] if own else model.outputs[0]
    probe = keras.Model(model.inputs, [*(tensor for _, tensor in made), output])
    arrays = _run(probe, np.load(folder / "inputs.npy"))
    np.savez(folder / "keras.npz", *arrays)
    description = {
        "version": keras.__version__,
        "layers": [{"name": layer.name, "kind": type(layer).__name__} for layer, _ in made],
    }
    (folder / "keras.json").write_text(json.dumps(description), encoding="utf-8")


def _run(probe: Any, inputs: Any) -> list[Any]:
    """Samples of a model that keeps states are a sequence, which begins with a reset."""
    kept = [layer for layer in probe.layers if getattr(layer, "stateful", False)]
    if not kept:
        return list(probe.predict(inputs, verbose=0))
    for layer in kept:
        (getattr(layer, "reset_state", None) or layer.reset_states)()
    made = [[np.asarray(one) for one in probe(sample[None])] for sample in inputs]
    return [np.concatenate(one) for one in zip(*made, strict=True)]


def _outputs(model: Any) -> Iterator[tuple[Any, Any]]:
    """Layers that are used once and are not in a nested model, and their outputs.

    Layers of a Sequential model are called several times while it is built. A sum of more than
    two inputs is several layers in tinylab, none of which corresponds to a layer of Keras.
    """
    chain = model.inputs[0] if type(model).__name__ == "Sequential" else None
    for layer in model.layers:
        if chain is not None:
            tensor = chain = layer(chain)
        else:
            try:
                tensor = layer.output
                sources = layer.input
            except (AttributeError, ValueError):  # it is used more than once
                continue
            if isinstance(sources, list) and len(sources) > 2:
                continue
        if type(layer).__name__ not in (*CONTAINERS, "InputLayer"):
            yield layer, tensor


if __name__ == "__main__":
    main(sys.argv[1:])
