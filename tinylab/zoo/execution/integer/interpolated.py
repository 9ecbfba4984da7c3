"""Functions of int16 elements, and their softmax: straight lines between the entries of tables.

Sources: LUTPopulate and LUTLookup of tensorflow/lite/kernels/internal/common.h, SoftmaxInt16 of
reference/softmax.h, logistic.h and tanh.h of reference/integer_ops there, and `Prepare` of the
operators in tensorflow/lite/kernels/activations.cc.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinylab.zoo.execution.integer.curves import CURVES, of_steps
from tinylab.zoo.execution.integer.fixed_point import Integers, Multiplier, multiplied
from tinylab.zoo.operations import Activate, Clip, Function
from tinylab.zoo.tensor_type import Array, Number, TensorType, saturated

PIECES = 512
"""Straight lines of a function of any int16 element; a table has an entry more."""
LEAST, MOST = Number.INT16.range
SIGMOIDS = (Function.SIGMOID, Function.TANH)
TABLES = (Function.GELU, Function.GELU_TANH)
"""Functions that are lines between entries of a table of their own."""
EXP_RANGE = 10.0
"""Softmax takes exp(-10) for 0."""
SIGMOID_ENTRIES = 256
SIGMOID_STEPS = 24
"""Entries of the table of the sigmoid from 0 to 1."""
UNIT = 4096.0 * 3.0
"""What the sigmoid's input of 1 becomes: 512 for each entry of the table."""


def filled(
    transform: Callable[[npt.NDArray[Any]], npt.NDArray[Any]],
    given: tuple[Any, Any],
    made: tuple[Any, Any],
) -> Integers:
    """The table (513,) of a function, for the real numbers of the least and the greatest int16.

    Calculates in the precision of these four numbers.
    """
    kind = np.result_type(*given, *made)
    low, step = given[0], (given[1] - given[0]) / kind.type(PIECES)
    scale = kind.type(MOST - LEAST + 1) / (made[1] - made[0])
    at = np.arange(PIECES, dtype=kind)
    values, middles, nexts = (
        transform(low + place * step + extra).astype(kind) * scale
        for place, extra in ((at, kind.type(0)), (at, step / kind.type(2)), (at + 1, kind.type(0)))
    )
    samples = _rounded(values)
    errors = _rounded((nexts + samples) / kind.type(2)) - _rounded(middles)
    last = _rounded(transform(np.array([given[1]], kind)).astype(kind) * scale)
    every = np.concatenate([samples - _rounded(errors / kind.type(2)), last])
    clipped: Integers = np.clip(every, LEAST, MOST).astype(np.int64)
    return clipped


def _rounded(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """To nearest, halves away from zero."""
    rounded: npt.NDArray[Any] = np.copysign(
        np.floor(np.abs(values) + values.dtype.type(0.5)), values
    )
    return rounded


def table(function: Function, given: TensorType, made: TensorType) -> Integers:
    """The table of a function that LiteRT calculates in floats."""
    ends = [
        tuple(np.float32(kind.step) * np.float32(steps) for steps in (LEAST, MOST))
        for kind in (given, made)
    ]
    curve = CURVES[function]
    return filled(
        lambda x: curve(x, np.float32(1)), (ends[0][0], ends[0][1]), (ends[1][0], ends[1][1])
    )


def between(x: Integers, entries: Integers) -> Integers:
    """The values of int16 numbers `x` on the lines between the entries of a table."""
    place, offset = (x >> 7) + PIECES // 2, x & 127
    base = entries[place]
    found: Integers = base + (((entries[place + 1] - base) * offset + 64) >> 7)
    return found


def sigmoids() -> Integers:
    """The sigmoid of 0, 1/24, 2/24 ... in 65536ths, shape (256,).

    Each is raised by half of what a line would miss in its middle; the last is the greatest.
    """
    at = np.arange(SIGMOID_ENTRIES + 1, step=0.5) / SIGMOID_STEPS
    exact = 65536 / (1 + np.exp(-at))
    ends, middles = exact[::2], exact[1::2]
    missed = middles[:-1] - (ends[:-1] + ends[1:]) / 2
    raised = np.rint(ends[:-1] + missed / 2).astype(np.int64)
    return np.append(raised[:-1], Number.UINT16.range[1])


@dataclass(frozen=True)
class SigmoidScaling:
    """`(x * factor + half) >> shift` is the input of the sigmoid's table."""

    factor: int
    shift: int

    @staticmethod
    def of(given: TensorType) -> SigmoidScaling:
        real, shift = float(np.float32(given.step)) * UNIT, 0
        while real <= MOST / 2 and shift <= 30:
            real, shift = real * 2, shift + 1
        return SigmoidScaling(int(real), shift)


def curved(function: Function, x: Array, given: TensorType) -> Array:
    """LOGISTIC or TANH; the output is in 32768ths."""
    scaling, entries = SigmoidScaling.of(given), sigmoids()
    half = (1 << scaling.shift) >> 1
    place = (x.astype(np.int64) * scaling.factor + half) >> scaling.shift
    bits = 9 if function is Function.SIGMOID else 8
    size = np.abs(place)
    entry = size >> bits
    base, after = (entries[np.minimum(entry + more, SIGMOID_ENTRIES - 1)] for more in (0, 1))
    line = (base << bits) + (size & ((1 << bits) - 1)) * (after - base)
    if function is Function.SIGMOID:
        line = np.where(entry >= SIGMOID_ENTRIES - 1, 0x7FFF << 10, line)
        result = np.where(place >= 0, line + (1 << 9), (1 << 25) - line + (1 << 9) - 1) >> 10
    else:
        line = np.where(entry >= SIGMOID_ENTRIES - 1, 0xFFFF << 8, line)
        above = line - (1 << 23) + (1 << 7)
        result = np.where(place >= 0, above, -line + (1 << 23) + (1 << 7) - 1) >> 8
    return result.astype(np.int16)


def activated(operation: Activate | Clip, x: Array, given: TensorType, made: TensorType) -> Array:
    """Any function of single int16 elements."""
    function = getattr(operation, "function", None)
    if function in SIGMOIDS:
        return curved(function, x, given)
    if function in TABLES:
        return between(x.astype(np.int64), table(function, given, made)).astype(np.int16)
    return of_steps(operation, x.astype(np.int64), given, made)


def softmax_tables() -> tuple[Integers, Integers]:
    """exp(x) from -10 to 0, and 1 / (1 + x) from 0 to 1, in 32768ths."""
    ends = np.float64(-1), np.float64(1)
    powers = filled(np.exp, (np.float64(-EXP_RANGE), np.float64(0)), ends)
    inverses = filled(lambda x: 1 / (1 + x), (np.float64(0), np.float64(1)), ends)
    return powers, inverses


def softmax_scaling(beta: float, given: TensorType) -> Multiplier:
    """What multiplies x - max(x), so that 65535 is a difference of 10."""
    product = np.float32(given.step) * np.float32(beta)
    return Multiplier.of(float(product) / (EXP_RANGE / 65535.0))


def softmax(x: Array, given: TensorType, beta: float) -> Array:
    """(N, ..., classes) in 32768ths, for the same shape."""
    factor, (powers, inverses) = softmax_scaling(beta, given), softmax_tables()
    wide = x.astype(np.int64)
    difference = wide - wide.max(-1, keepdims=True)
    scaled = multiplied(difference, np.int64(factor.mantissa), np.int64(factor.shift))
    shares = between(np.clip(scaled + MOST, LEAST, MOST), powers)
    total = shares.sum(-1, keepdims=True)
    headroom = 31 - np.floor(np.log2(total)).astype(np.int64)
    shifted = ((total << (headroom - 1)) + (1 << 13)) >> 14
    inverse = between(np.clip(shifted - (1 << 15) - (1 << 16), LEAST, MOST), inverses)
    right = 31 - headroom
    result = (shares * inverse + (np.int64(1) << (right - 1))) >> right
    return saturated(np.maximum(result, 0), Number.INT16)
