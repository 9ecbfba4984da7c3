"""Model files in Keras' formats, written without Keras: JSON and HDF5."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Arrays = Sequence[np.ndarray]


def numbers(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def layer(kind: str, name: str, **settings: object) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": name, **settings}}


def dense(name: str, units: int, **settings: object) -> dict[str, Any]:
    return layer("Dense", name, units=units, **settings)


def sequential(*layers: dict[str, Any], shape: Sequence[int | None] = (4,)) -> dict[str, Any]:
    """In the format of Keras 3."""
    first = layer("InputLayer", "given", batch_shape=[None, *shape])
    return {"class_name": "Sequential", "config": {"name": "chain", "layers": [first, *layers]}}


def called(entry: dict[str, Any], *calls: list[Any]) -> dict[str, Any]:
    """A layer of a Functional model of Keras 2: each call lists `[layer, call, output, {}]`."""
    return {**entry, "name": entry["config"]["name"], "inbound_nodes": list(calls)}


def functional(
    name: str, layers: Sequence[dict[str, Any]], given: list[Any], made: list[Any]
) -> dict[str, Any]:
    config = {
        "name": name, "layers": list(layers), "input_layers": [given], "output_layers": [made],
    }  # fmt: skip
    return {"class_name": "Functional", "config": config}


def write_keras(
    path: Path, config: object, arrays: Mapping[str, Arrays], version: str | None = None
) -> Path:
    """`arrays` by group: `layers/dense`; `version` is that of Keras."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for group, values in arrays.items():
            for index, value in enumerate(values):
                file.create_group(f"{group}/vars") if index == 0 else None
                file[f"{group}/vars"][str(index)] = value
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": version} if version else {}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", buffer.getvalue())
    return path


def write_h5(path: Path, config: object, arrays: Mapping[str, Arrays]) -> Path:
    """`arrays` by the name of the outermost layer, in order."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = list(arrays)
        for name, values in arrays.items():
            group = weights.create_group(name)
            group.attrs["weight_names"] = [f"{name}/{index}:0" for index in range(len(values))]
            for index, value in enumerate(values):
                group[f"{name}/{index}:0"] = value
    return path
