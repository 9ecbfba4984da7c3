"""The loading process: `python -m tinylab.zoo.processes.worker OUTPUT_FOLDER FILE...`.

The result of file number i is `i.npz` (see `stored`), or `i.json` with the error if the file
cannot be used. If a result cannot be written, the exit code tells why (see `process_limits`).
Any other failure ends the process, and its parent reports it. Only this process imports h5py and
the schemas of .tflite and .onnx files; it never imports TensorFlow or Keras.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from tinylab.errors import ModelFileError
from tinylab.zoo import signatures
from tinylab.zoo.network import Network
from tinylab.zoo.processes import stored
from tinylab.zoo.processes.process_limits import (
    CPU_LIMIT_S,
    WRITE_FAILED,
    limit_processor_time,
    limit_resources,
)

MEMORY_LIMIT = 1024**3
"""Bytes of private memory. The largest accepted files need some 600 MiB: the content, its
numbers, and a copy of these in another order."""


def main(arguments: list[str]) -> None:
    """Load every file named, one after the other."""
    limit_resources(MEMORY_LIMIT)
    folder = Path(arguments[0])
    for index, name in enumerate(arguments[1:]):
        limit_processor_time(CPU_LIMIT_S)
        read = _network_or_error(Path(name))
        try:
            _write(read, folder / str(index))
        except OSError as error:
            sys.exit(WRITE_FAILED + (error.errno or 0))


def _network_or_error(path: Path) -> Network | ModelFileError:
    try:
        return _read(path)
    except ModelFileError as error:
        return replace(error, message=f"{path.name}: {error.message.rstrip('.')}.")


def _write(read: Network | ModelFileError, place: Path) -> None:
    """Under its final name when it is complete. Raises OSError."""
    partial = place.with_suffix(".partial")
    if isinstance(read, Network):
        stored.save(read, partial)
        partial.rename(place.with_suffix(".npz"))
        return
    report = {"message": read.message, "remedy": read.remedy, "details": read.details}
    partial.write_text(json.dumps(report | read.fields), encoding="utf-8")
    partial.rename(place.with_suffix(".json"))


def _read(path: Path) -> Network:
    kind = signatures.of_file(path)
    if kind is signatures.Format.ONNX:
        from tinylab.zoo.onnx import model_file as onnx_file

        return onnx_file.read(path)
    if kind is signatures.Format.TFLITE:
        from tinylab.zoo.tflite import model_file as tflite_file

        return tflite_file.read(path)
    from tinylab.zoo.keras import model_file as keras_file

    return keras_file.read(path)


if __name__ == "__main__":
    main(sys.argv[1:])
