"""The networks shipped with tinylab, and their held-out samples.

Each comes with floats, under its name, and quantised: `house_price:int8`.
"""

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
from tinylab.zoo.tensor_type import FloatArray

ORDER = ("house_price", "human_activity", "image_classification")
"""The order of the published tables; other folders follow by name."""

FLOAT, INT8 = "float32", "int8"
SEPARATOR = ":"
"""Between a network's name and the type of its numbers; the type of plain names is `FLOAT`."""


@dataclass(frozen=True)
class CatalogModel:
    """A shipped network with one type of numbers: its folder and its card."""

    name: str
    """`house_price`, or `house_price:int8`."""
    title: str
    """`predict house price`, or `predict house price, int8`."""
    folder: Path
    card: Mapping[str, Any]
    number_type: str = FLOAT

    @property
    def file(self) -> Path:
        """What is loaded."""
        return self.keras if self.number_type == FLOAT else self.tflite_int8

    @property
    def st_file(self) -> Path:
        """What ST's tools read: a .tflite, because they have an older Keras than ours."""
        return self.tflite if self.number_type == FLOAT else self.tflite_int8

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
        return str(self.card["default_compression"]) if self.number_type == FLOAT else "none"

    @property
    def metric(self) -> str:
        """`accuracy` or `r2`."""
        return str(self.card["metric"]["name"])

    @property
    def held_out_samples(self) -> int:
        """How many samples the card's scores are of; `golden` has some of them."""
        return int(self.card["held_out_samples"])

    def card_score(self, compression: str = "none") -> float | None:
        """The score on all held-out samples with that compression; None if it is not known."""
        if self.number_type != FLOAT:
            kind = self.number_type if compression == "none" else ""
        else:
            kind = "float" if compression == "none" else compression
        found = self.card["metric"].get(kind)
        return None if found is None else float(found)

    @property
    def float_score(self) -> float:
        """The score of the float network, without compression, on all held-out samples."""
        return float(self.card["metric"]["float"])


@dataclass(frozen=True, eq=False)
class Golden:
    """Held-out samples: inputs (N, *input_shape), Keras' outputs (N, *output_shape), and
    targets (N,): a label's index, or the true value in the output's unit."""

    inputs: FloatArray
    outputs: FloatArray
    targets: npt.NDArray[Any]


def names() -> tuple[str, ...]:
    """The networks' names, in the order of the published tables: what runs if none is named."""
    found = {card.parent.name for card in paths.models().glob("*/card.toml")}
    return tuple(sorted(found, key=lambda name: (name not in ORDER, name)))


def every_name() -> tuple[str, ...]:
    """Every name that `model` knows: each network's, then the same with int8."""
    return tuple(
        one for name in names() for one in (name, *_quantised(name, paths.models() / name))
    )


def base_name(name: str) -> str:
    """The network's name without the type of its numbers: `house_price`."""
    return name.removesuffix(SEPARATOR + INT8)


def model(name: str) -> CatalogModel:
    """The shipped network `name`; raises UnknownName."""
    if name not in every_name():
        raise _unknown(name)
    base = base_name(name)
    folder = paths.models() / base
    card = tomllib.loads((folder / "card.toml").read_text(encoding="utf-8"))
    title = str(card["title"])
    if name == base:
        return CatalogModel(name, title, folder, card)
    return CatalogModel(name, f"{title}, {INT8}", folder, card, INT8)


def find(name_or_path: str) -> CatalogModel | Path:
    """A shipped network by name, or the path of a model file.

    Raises UnknownName if it is neither.
    """
    if name_or_path in every_name():
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


def _quantised(name: str, folder: Path) -> tuple[str, ...]:
    return (name + SEPARATOR + INT8,) if (folder / "model_int8.tflite").exists() else ()


def _unknown(name: str) -> UnknownName:
    known = names()
    if name.endswith(signatures.SUFFIXES) or "/" in name:
        return UnknownName(
            f"There is no model file {name}.",
            remedy=f"Give an existing file, or a model of the catalogue: {', '.join(known)}.",
        )
    wanted = name.lower().replace("-", "_")
    base, _, kind = wanted.partition(SEPARATOR)
    if kind and base in known:
        types = " and ".join((base, *_quantised(base, paths.models() / base)))
        return UnknownName(
            f"There is no model {name!r}: {base} has no type {kind!r}.",
            remedy=f"The catalogue has {types}.",
        )
    near = difflib.get_close_matches(wanted, every_name(), n=1, cutoff=0.5)
    meant = f"Did you mean {near[0]}? " if near else ""
    return UnknownName(
        f"There is no model {name!r}.",
        remedy=f"{meant}The catalogue has {', '.join(known)}, each also with {SEPARATOR}{INT8}; "
        "the path of a model file is supported too.",
    )
