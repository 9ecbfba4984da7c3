"""Lookups and normalisation of rows on the host."""

from __future__ import annotations

import numpy as np

from tinylab.zoo.operations import Embedding, LayerNorm
from tinylab.zoo.tensor_type import FloatArray


def embedding(operation: Embedding, x: FloatArray) -> FloatArray:
    """(N, *shape, units) from (N, *shape)."""
    entries = len(operation.weights)
    finite = np.nan_to_num(x, nan=0.0, posinf=entries, neginf=0.0)
    found: FloatArray = operation.weights[np.clip(finite, 0, entries - 1).astype(np.int64)]
    return found


def layer_norm(operation: LayerNorm, x: FloatArray) -> FloatArray:
    runs = x.reshape(-1, operation.scale.size)
    centred = runs - runs.mean(1, keepdims=True)
    variance = (centred * centred).mean(1, keepdims=True)
    made = centred / np.sqrt(variance + np.float32(operation.epsilon))
    return np.asarray(made * operation.scale + operation.offset, np.float32).reshape(x.shape)
