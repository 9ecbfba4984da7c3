"""The networks shipped with tinylab, and their held-out samples."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinylab import paths
from tinylab.errors import InputError, UnknownName
from tinylab.zoo import signatures
from tinylab.zoo.network import FloatArray

ORDER = ("house_price", "human_activity", "image_classification")
"""The order of the published tables; other folders follow by name."""


@dataclass(frozen=True)
class CatalogModel:
    """A shipped network: its folder `models/<name>` and its card."""

    name: str
    title: str
    folder: Path
    card: Mapping[str, Any]

    @property
    def keras(self) -> Path:
        return self.folder / "model.keras"

    @property
    def tflite(self) -> Path:
        return self.folder / "model.tflite"

    @property
    def tflite_int8(self) -> Path:
        return self.folder / "model_int8.tflite"

    @property
    def default_compression(self) -> str:
        """`none`, `x4` or `x8`: the compression used if the user selects none."""
        return str(self.card["default_compression"])

    @property
    def metric(self) -> str:
        """`accuracy` or `r2`."""
        return str(self.card["metric"]["name"])


@dataclass(frozen=True, eq=False)
class Golden:
    """Held-out samples: inputs (N, *input_shape), Keras' outputs (N, *output_shape), and
    targets (N,): a label's index, or the true value in the output's unit."""

    inputs: FloatArray
    outputs: FloatArray
    targets: npt.NDArray[Any]


def names() -> tuple[str, ...]:
    """The catalogue's names, in the order of the published tables."""
    found = {card.parent.name for card in paths.models().glob("*/card.toml")}
    return tuple(sorted(found, key=lambda name: (name not in ORDER, name)))


def model(name: str) -> CatalogModel:
    """The shipped network `name`; raises UnknownName."""
    if name not in names():
        raise _unknown(name)
    folder = paths.models() / name
    card = tomllib.loads((folder / "card.toml").read_text(encoding="utf-8"))
    return CatalogModel(name, str(card["title"]), folder, card)


def find(name_or_path: str) -> CatalogModel | Path:
    """A shipped network by name, or the path of a model file.

    Raises UnknownName if it is neither.
    """
    if name_or_path in names():
        return model(name_or_path)
    with suppress(OSError, RuntimeError, ValueError):  # unknown home, too long, contains NUL
        path = Path(name_or_path).expanduser()
        if path.exists():
            return path
    raise _unknown(name_or_path)


def golden(model: CatalogModel) -> Golden:
    """The held-out samples of a shipped network."""
    with np.load(model.folder / "golden.npz", allow_pickle=False) as arrays:
        inputs = arrays["inputs"]
        if "scale" in arrays:
            inputs = inputs.astype(np.float32) * arrays["scale"]
        return Golden(inputs, arrays["outputs"], arrays["targets"])


def score(metric: str, outputs: FloatArray, targets: npt.NDArray[Any]) -> float:
    """The score of `outputs` (N, *output_shape): `accuracy` (0 to 1) or `r2` (up to 1).

    Raises InputError for another metric.
    """
    if metric == "accuracy":
        return float(np.mean(outputs.argmax(-1) == targets))
    if metric == "r2":
        truth = targets.astype(np.float64)
        residual = np.square(outputs.reshape(len(truth)) - truth).sum()
        return float(1.0 - residual / np.square(truth - truth.mean()).sum())
    raise InputError(f"Unknown metric {metric!r}.", remedy="Use accuracy or r2.")


def _unknown(name: str) -> UnknownName:
    known = names()
    if name.endswith(signatures.SUFFIXES) or "/" in name:
        return UnknownName(
            f"There is no model file {name}.",
            remedy=f"Give an existing file, or a model of the catalogue: {', '.join(known)}.",
        )
    near = difflib.get_close_matches(name.lower().replace("-", "_"), known, n=1, cutoff=0.5)
    meant = f"Did you mean {near[0]}? " if near else ""
    return UnknownName(
        f"There is no model {name!r}.",
        remedy=f"{meant}The catalogue has {', '.join(known)}; "
        "the path of a model file is supported too.",
    )
