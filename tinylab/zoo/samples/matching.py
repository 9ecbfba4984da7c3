"""A person's own samples, matched with the inputs and the output of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinylab.errors import InputError
from tinylab.zoo.network import Network, Shape, elements
from tinylab.zoo.samples.files import SampleFile
from tinylab.zoo.samples.tables import REMEDY, Numbers
from tinylab.zoo.tensor_type import FloatArray

ANSWERS = ("y", "label", "labels", "target", "targets", "class")
"""Names of the array, or of the last column, that has the known answers."""

CHANNELS_LAST = "Channels are last: save numpy.moveaxis(x, 1, -1)."


@dataclass(frozen=True, eq=False)
class Targets:
    """Known answers: `labels` (n,) of classes, or `values` (n, output elements).

    With `are_classes`, the values are numbers of classes, as are the outputs.
    """

    labels: Numbers | None = None
    values: FloatArray | None = None
    are_classes: bool = False


@dataclass(frozen=True)
class Score:
    """How well outputs agree with known answers."""

    metric: str
    """`accuracy` (0 to 1), `r2` (up to 1), or `mean error` where r2 is not defined."""
    value: float
    mean_error: float | None = None
    """Mean absolute error, of values."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples of one network: real values (n, *shape) for each input, and known answers."""

    file: str
    sha256: str
    inputs: tuple[FloatArray, ...]
    targets: Targets | None

    def __len__(self) -> int:
        return len(self.inputs[0])


def match(file: SampleFile, network: Network, title: str) -> Samples:
    """The samples in `file` as `network`, called `title` in errors, takes them.

    Raises InputError for another shape, NaN, and answers that do not go with the network.
    """
    outputs = [elements(shape) for shape in network.output_shapes]
    if file.is_table:
        _check_finite(file, "", file.arrays[""])
        given, answers = _split(file, network, sum(outputs), title)
    else:
        given, answers = _arrays(file, network, title)
    inputs = tuple(
        _input(file, name, array, shape, title)
        for (name, array), shape in zip(given, network.input_shapes, strict=True)
    )
    count = len(inputs[0])
    for (name, _), one in zip(given, inputs, strict=True):
        if len(one) != count:
            raise InputError(
                f"{file.name}: {given[0][0]} has {count:,} samples, {name} has {len(one):,}.",
                remedy=REMEDY,
            )
    if count == 0:
        raise InputError(f"{file.name} has no samples.", remedy=REMEDY)
    whole = network.type_of(network.outputs[0]).is_whole
    targets = None
    if answers is not None:
        targets = _targets(file, answers, count, outputs, title, whole=whole)
    return Samples(file.name, file.sha256, inputs, targets)


def score(targets: Targets, outputs: FloatArray) -> Score:
    """Of outputs (n, elements). Labels are compared with the largest output; classes with
    outputs that are classes; values that are all 0 or 1 with one output that is a probability, at
    0.5.
    """
    if targets.labels is not None:
        return Score("accuracy", float(np.mean(outputs.argmax(1) == targets.labels)))
    assert targets.values is not None
    if targets.are_classes:
        return Score("accuracy", float(np.mean(outputs == targets.values)))
    truth, given = targets.values.astype(np.float64), outputs.astype(np.float64)
    binary = truth.shape[1] == 1 and ((truth == 0) | (truth == 1)).all()
    if binary and given.min() >= 0 and given.max() <= 1:
        return Score("accuracy", float(np.mean((given >= 0.5) == (truth == 1))))
    error = float(np.abs(given - truth).mean())
    spread = float(np.square(truth - truth.mean(0)).sum())
    if spread == 0:
        return Score("mean error", error, error)
    return Score("r2", 1 - float(np.square(given - truth).sum()) / spread, error)


def _arrays(
    file: SampleFile, network: Network, title: str
) -> tuple[list[tuple[str, Numbers]], Numbers | None]:
    """The array of each input with its name, and the answers."""
    there = dict(file.arrays)
    answers = next((there.pop(name) for name in ANSWERS if name in there), None)
    count = len(network.inputs)
    numbered = [f"x{index}" for index in range(count)]
    names = [one.name for one in network.inputs]
    choices = [["x"], *([list(there)] if len(there) == 1 else [])] if count == 1 else []
    for wanted in (*choices, names, numbered):
        if all(name in there for name in wanted):
            return [(name, there[name]) for name in wanted], answers
    needed = "x" if count == 1 else f"{', '.join(numbered)} ({', '.join(names)})"
    raise InputError(
        f"{file.name} has the arrays {', '.join(file.arrays) or 'none'}; {title} takes {needed}.",
        remedy=REMEDY,
    )


def _split(
    file: SampleFile, network: Network, outputs: int, title: str
) -> tuple[list[tuple[str, Numbers]], Numbers | None]:
    """The columns of each input, and those of the answers, which are the last."""
    table = file.arrays[""]
    sizes = [elements(shape) for shape in network.input_shapes]
    taken, width = sum(sizes), table.shape[1]
    if width not in (taken, taken + 1, taken + outputs):
        raise InputError(
            f"{file.name} has {width:,} columns; {title} takes {taken:,} numbers, and "
            "a column more for the answer where it is known.",
            remedy=f"Write the {taken:,} numbers of a sample in one row.",
        )
    if width == taken and file.columns and file.columns[-1].lower() in ANSWERS:
        raise InputError(
            f"{file.name} has {taken - 1:,} columns before {file.columns[-1]}; "
            f"{title} takes {taken:,}.",
            remedy=f"Write the {taken:,} numbers of a sample in one row.",
        )
    parts = np.split(table[:, :taken], np.cumsum(sizes)[:-1], axis=1)
    return [("", part) for part in parts], table[:, taken:] if width > taken else None


def _input(file: SampleFile, name: str, array: Numbers, shape: Shape, title: str) -> FloatArray:
    """(n, *shape) of finite floats."""
    size = elements(shape)
    plain = [one for one in shape if one != 1]
    same = array.ndim >= 1 and (
        [one for one in array.shape[1:] if one != 1] == plain or array.shape[1:] == (size,)
    )
    if not same:
        raise InputError(
            f"{file.name}: {name or 'x'} has the shape {_by(array.shape)}; {title} takes "
            f"n x {_by(shape)}.",
            remedy=CHANNELS_LAST
            if len(shape) > 1 and array.shape[1:] == (shape[-1], *shape[:-1])
            else f"Save n samples as an array of the shape n x {_by(shape)}.",
        )
    flat = array.reshape(len(array), size)
    _check_finite(file, name or "x", flat)
    return np.ascontiguousarray(flat, np.float32).reshape(len(array), *shape)


def _check_finite(file: SampleFile, name: str, values: Numbers) -> None:
    """`values` is (n, elements)."""
    with np.errstate(over="ignore"):
        wrong = np.argwhere(~np.isfinite(values.astype(np.float32)))
    if not wrong.size:
        return
    index, column = (int(one) for one in wrong[0])
    raise InputError(
        f"{_place(file, name, index)}, column {column + 1} is "
        f"{values[index, column]}, which is not a finite number of 32 bits"
        + (f"; {len(wrong) - 1:,} more are like it." if len(wrong) > 1 else "."),
        remedy="Replace missing values, as was done before training.",
    )


def _targets(
    file: SampleFile,
    answers: Numbers,
    count: int,
    outputs: Sequence[int],
    title: str,
    *,
    whole: bool,
) -> Targets:
    """`whole`: the network's output is numbers of classes."""
    if len(outputs) > 1:
        raise InputError(
            f"{file.name} has answers; {title} has {len(outputs)} outputs.",
            remedy="Leave out y; the outputs of board and host are compared all the same.",
        )
    [size] = outputs
    given = answers.shape[0] if answers.ndim else 1
    if given != count:
        raise InputError(f"{file.name}: x has {count:,} samples, y has {given:,}.", remedy=REMEDY)
    flat = answers.astype(np.float64).reshape(count, -1)
    _check_finite(file, "y", flat)
    if whole and size == 1 and flat.shape[1] > 1 and _is_one_hot(flat):
        flat = flat.argmax(1, keepdims=True)
    if whole and flat.shape[1] == size:
        return Targets(values=flat.astype(np.float32), are_classes=True)
    if flat.shape[1] == size == 1 or (flat.shape[1] == size and not _is_one_hot(flat)):
        return Targets(values=flat.astype(np.float32))
    if flat.shape[1] == size:
        return Targets(labels=flat.argmax(1))
    if flat.shape[1] != 1:
        raise InputError(
            f"{file.name}: y has the shape {_by(answers.shape)}; {title} has {size:,} outputs.",
            remedy=f"y takes a label from 0 to {size - 1} for each sample, or {size:,} values.",
        )
    labels = flat[:, 0]
    wrong = np.flatnonzero((labels < 0) | (labels >= size) | (labels != np.rint(labels)))
    if wrong.size:
        raise InputError(
            f"{_place(file, 'y', int(wrong[0]))} has the label {labels[wrong[0]]:g}; {title} has "
            f"{size:,} outputs, so labels are whole numbers from 0 to {size - 1}.",
            remedy="Number the labels as in training.",
        )
    return Targets(labels=labels.astype(np.int64))


def _is_one_hot(flat: Numbers) -> bool:
    return bool(((flat == 0) | (flat == 1)).all() and (flat.sum(1) == 1).all())


def _place(file: SampleFile, name: str, index: int) -> str:
    """`data.csv, row 3`, or `data.npz: x, row 3`; rows are counted from 1."""
    if file.is_table:
        return f"{file.name}, row {file.lines[index]}"
    return f"{file.name}: {name}, row {index + 1}"


def _by(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) or "of one number"
