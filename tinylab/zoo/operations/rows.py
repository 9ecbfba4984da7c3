"""Operations of rows of floats: lookups and normalisation."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.zoo.tensor_type import FloatArray


@dataclass(frozen=True, eq=False)
class Embedding:
    """For each number n of the input, row n of weights (entries, units).

    A number is truncated; one out of range takes the first or the last row.
    """

    weights: FloatArray


@dataclass(frozen=True, eq=False)
class LayerNorm:
    """`y = (x - mean) / sqrt(variance + epsilon) * scale + offset`.

    Mean and variance are those of each run of as many elements as `scale` and `offset` have.
    """

    scale: FloatArray
    offset: FloatArray
    epsilon: float
