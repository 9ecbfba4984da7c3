"""The loading process: `python -m tinylab.zoo.worker OUTPUT_FOLDER FILE...`.

The result of file number i is `i.npz` (see `stored`), or `i.json` with the error if the file
cannot be used. Any other failure ends the process, and its parent reports it. Only this
process imports h5py and the schema of .tflite files; it never imports TensorFlow or Keras.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tinylab.errors import ModelFileError
from tinylab.zoo import signatures, stored
from tinylab.zoo.network import Network
from tinylab.zoo.process_limits import limit_resources

MEMORY_LIMIT = 1024**3
"""Bytes of private memory. The largest accepted files need some 600 MiB: the content, its
numbers, and a copy of these in another order."""


def main(arguments: list[str]) -> None:
    """Load every file named, one after the other."""
    limit_resources(MEMORY_LIMIT)
    folder = Path(arguments[0])
    for index, name in enumerate(arguments[1:]):
        path = Path(name)
        try:
            partial = folder / f"{index}.partial"
            stored.save(_read(path), partial)
            partial.rename(folder / f"{index}.npz")
        except ModelFileError as error:
            report = {
                "message": f"{path.name}: {error.message.rstrip('.')}.",
                "remedy": error.remedy,
                "details": error.details,
                **error.fields,
            }
            (folder / f"{index}.json").write_text(json.dumps(report), encoding="utf-8")


def _read(path: Path) -> Network:
    if signatures.of_file(path) is signatures.Format.TFLITE:
        from tinylab.zoo.tflite import model_file as tflite_file

        return tflite_file.read(path)
    from tinylab.zoo.keras import model_file as keras_file

    return keras_file.read(path)


if __name__ == "__main__":
    main(sys.argv[1:])
